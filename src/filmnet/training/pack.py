"""The pack: training material cut, checked and laid out for random access.

PACK/
  pack.json           what is in it, with which settings it was cut
  windows/NAME.npy    (N, frames, side, side, 3) uint8: crops of consecutive frames of one clip
  windows/NAME.motion.npy    (N,) float32: pixels moved per frame step
  photos/NAME.npy     (H, W, 3) uint8: a photo, for layered scenes
  stills/NAME.npy     the same: a frame of a clip
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmnet.errors import OutputError, RecipeError
from filmnet.media.photo_list import list_photos
from filmnet.training.clips import list_clips, read_small_photo
from filmnet.training.layouts import PACK_FILE, Layout, recognise
from filmnet.training.pictures import Pixels
from filmnet.training.windows import PackConfig, choose_windows, cut_windows, scan_clip


@dataclass(frozen=True, kw_only=True)
class PackProgress:
    """How far the preparation has come."""

    done: int
    total: int
    """Clips and photos."""

    line: str
    """What was just done, in words."""


@dataclass(frozen=True)
class ClipWindows:
    """A clip's share of a pack."""

    windows: Pixels
    """(N, frames, side, side, 3), on disk until it is read."""

    motion: NDArray[np.float32]
    """(N,) pixels moved per frame step."""


def prepare_pack(
    source: Path,
    target: Path,
    config: PackConfig,
    report: Callable[[PackProgress], None] = lambda _: None,
    *,
    overwrite: bool = False,
) -> None:
    """Cut `source/clips` and `source/photos` into the pack `target`.

    Args:
        source: a folder with `clips/` (videos, folders of frames) or `photos/` or both.
        target: the pack's folder; made under a temporary name, renamed when complete.
        config: how to cut.
        report: told of each clip and photo.
        overwrite: replace an existing pack.

    Raises:
        RecipeError: neither folder is there, or a clip in them cannot be read.
        InputError: a photo cannot be read.
        OutputError: `target` exists, or cannot be written.
    """
    clips, photos = _list_material(source)
    _check_target(target, overwrite=overwrite)
    counts: dict[str, int] = {}
    with _replacing(target) as partial:
        for clip in clips:
            counts[clip.name] = _pack_clip(clip, partial, config)
            line = f"{clip.name}: {counts[clip.name]} windows"
            report(PackProgress(done=len(counts), total=len(clips) + len(photos), line=line))
        for i, photo in enumerate(photos, len(clips) + 1):
            pixels = read_small_photo(photo, config.photo_height_px)
            np.save(partial / "photos" / f"{photo.name}.npy", pixels)
            report(PackProgress(done=i, total=len(clips) + len(photos), line=photo.name))
        description = {"config": asdict(config), "windows": counts}
        (partial / PACK_FILE).write_text(json.dumps(description, indent=1) + "\n", "utf-8")


def pack_for_run(
    data: Path,
    run: Path,
    config: PackConfig,
    report: Callable[[PackProgress], None] = lambda _: None,
) -> Path:
    """What a run reads: `data` itself, or if it is clips, `run/pack`, cut from them if need be.

    Raises:
        RecipeError: `run/pack` was cut with other settings, or `data` cannot be used.
        InputError: a photo cannot be read.
        OutputError: `run/pack` cannot be written.
    """
    if recognise(data) is not Layout.CLIPS:
        return data
    pack = run / "pack"
    if not is_pack(pack):
        prepare_pack(data, pack, config, report)
    elif _describe(pack)["config"] != asdict(config):
        raise RecipeError(
            f"{pack}: was cut with other settings than the recipe's [pack]; "
            f"remove it to have it cut again, or undo the change"
        )
    return pack


def is_pack(folder: Path) -> bool:
    """Whether `folder` holds a complete pack."""
    return (folder / PACK_FILE).is_file()


def open_windows(pack: Path) -> list[ClipWindows]:
    """The windows of all clips that have some, by file name.

    Raises:
        RecipeError: not a pack, or a damaged one.
    """
    counts = _describe(pack)["windows"]
    names = sorted(f"{name}.npy" for name, count in counts.items() if count)
    paths = [pack / "windows" / name for name in names]
    return [ClipWindows(_open(p), np.asarray(_open(p.with_suffix(".motion.npy")))) for p in paths]


def open_photos(pack: Path) -> list[Pixels]:
    """Photos, (H, W, 3) uint8 each, by file name; on disk until they are read.

    Raises:
        RecipeError: not a pack, or a damaged one.
    """
    return _open_pictures(pack, "photos")


def open_stills(pack: Path) -> list[Pixels]:
    """Frames of clips, as `open_photos`."""
    return _open_pictures(pack, "stills")


def _open_pictures(pack: Path, folder: str) -> list[Pixels]:
    _describe(pack)
    return [_open(path) for path in sorted((pack / folder).glob("*.npy"))]


def _list_material(source: Path) -> tuple[list[Path], list[Path]]:
    """Clips and photos."""
    clips, photos = source / "clips", source / "photos"
    if not clips.is_dir() and not photos.is_dir():
        raise RecipeError(
            f"{source}: neither a pack nor a folder with clips/ or photos/ in it; "
            f"put videos or photos there"
        )
    return (
        list_clips(clips) if clips.is_dir() else [],
        list_photos(photos) if photos.is_dir() else [],
    )


def _check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse to replace what is there, unless it is a pack and that is asked for."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not is_pack(target):
        raise OutputError(f"{target}: exists and is not a pack; name another folder")
    if not overwrite:
        raise OutputError(f"{target}: is a pack already; pass --overwrite to replace it")


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its name when all went well."""
    target = target.absolute()
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        for name in ("windows", "photos", "stills"):
            (partial / name).mkdir(parents=True)
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _pack_clip(clip: Path, target: Path, config: PackConfig) -> int:
    """Write a clip's windows and stills; returns the number of windows."""
    generator = np.random.default_rng([config.seed, *clip.name.encode()])
    scan = scan_clip(clip, config, generator)
    chosen = choose_windows(scan.windows, config.windows_per_clip, generator)
    if chosen:
        cut_windows(clip, chosen, config, target / "windows" / f"{clip.name}.npy")
        motion = np.array([window.motion for window in chosen], dtype=np.float32)
        np.save(target / "windows" / f"{clip.name}.motion.npy", motion)
    for i, still in enumerate(scan.stills):
        np.save(target / "stills" / f"{clip.name}-{i}.npy", still)
    return len(chosen)


def _describe(pack: Path) -> dict[str, Any]:
    """What `pack.json` says."""
    try:
        description = json.loads((pack / PACK_FILE).read_text("utf-8"))
        return {"config": dict(description["config"]), "windows": dict(description["windows"])}
    except FileNotFoundError as error:
        raise RecipeError(
            f"{pack}: not a pack of training data; `filmnet data prepare` makes one"
        ) from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RecipeError(f"{pack}: {PACK_FILE} is damaged; prepare the pack again") from error


def _open(path: Path) -> Any:
    """An array on disk."""
    try:
        return np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{path}: missing or damaged in the pack; prepare the pack again"
        ) from error
