"""Footage: the clips and photos that a preparation is given, each with a name of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filmnet.errors import RecipeError
from filmnet.media.photo_list import list_photos
from filmnet.training.clips import count_frames, list_clips
from filmnet.training.layouts import is_video_name
from filmnet.training.sequences import list_folder


@dataclass(frozen=True, kw_only=True)
class Footage:
    """What is to be prepared."""

    clips: dict[str, Path]
    """Videos and folders of frames, by name."""

    photos: dict[str, Path]

    frames: dict[str, int]
    """About how many each clip has; 0 where its header does not say."""


def find_footage(sources: Sequence[Path]) -> Footage:
    """The clips and photos that `sources` name; each video is opened once.

    Args:
        sources: folders with clips/ or photos/ in them, folders of clips, clips.

    Raises:
        RecipeError: there is nothing, or a video that cannot be opened.
        InputError: a folder of photos without photos.
    """
    clips: list[Path] = []
    photos: list[Path] = []
    for source in sources:
        found = _photos_of(source)
        photos += found
        clips += _clips_of(source, has_photos=bool(found))
    named = _name(clips)
    return Footage(
        clips=named,
        photos=_name(photos),
        frames={name: count_frames(path) for name, path in named.items()},
    )


def _photos_of(source: Path) -> list[Path]:
    folder = source / "photos"
    return list_photos(folder) if folder.is_dir() else []


def _clips_of(source: Path, *, has_photos: bool) -> list[Path]:
    if source.is_file() and is_video_name(source.name):
        return [source]
    if not source.exists():
        raise RecipeError(f"{source}: there is no such file or folder")
    if not source.is_dir():
        raise RecipeError(f"{source}: is neither a video nor a folder of clips")
    content = list_folder(source)
    if "clips" in content.folders:
        return list_clips(source / "clips")
    if has_photos:
        return []
    if content.pictures and not any(is_video_name(name) for name in content.files):
        return [source]
    return list_clips(source)


def _name(paths: list[Path]) -> dict[str, Path]:
    """Each path by its name, and by its folders' where those differ."""
    if not paths:
        return {}
    absolute = [path.absolute() for path in paths]
    root = os.path.commonpath([path.parent for path in absolute])
    named: dict[str, Path] = {}
    for path, whole in zip(paths, absolute, strict=True):
        name = "-".join(whole.relative_to(root).parts)
        if name in named:
            raise RecipeError(f"{path}: named twice, or like {named[name]}; rename one of them")
        named[name] = path
    return named
