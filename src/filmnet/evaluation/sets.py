"""The published sets, each as distributed or as a folder per triplet, and sets of one's own.

Whatever the layout, a set is a number of named triplets that are read one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from filmnet.errors import InputError
from filmnet.evaluation.clips import Clip, cut_triplets, open_clip, triplet_names
from filmnet.evaluation.distributed import (
    find_middlebury,
    find_snufilm,
    find_ucf101,
    find_vimeo90k,
    find_xiph_clips,
)
from filmnet.evaluation.kinds import Kind, Level, Protocol
from filmnet.evaluation.samples import Sample, Triplet, describe, find_triplets, read_sample
from filmnet.evaluation.xiph import HEIGHT, WIDTH, crop_centre, halve
from filmnet.media.pixels import Picture, to_depth

XIPH_FRAMES = 100
AS_DISTRIBUTED, FOLDERS, CLIPS = "as distributed", "a folder per triplet", "clips"


PUBLISHED_TRIPLETS = {
    Kind.vimeo90k: 3782,
    Kind.ucf101: 379,
    Kind.middlebury: 12,
    Kind.xiph2k: 392,
    Kind.xiph4k: 392,
    Kind.snufilm: 310,
}
"""Of each set, or of each of its levels."""

TREES = {
    Kind.vimeo90k: "tri_testlist.txt and sequences/00001/0001/im1.png im2.png im3.png",
    Kind.ucf101: "ucf101_interp_ours/1/frame_00.png frame_01_gt.png frame_02.png",
    Kind.middlebury: "other-data/NAME/frame10.png frame11.png "
    "and other-gt-interp/NAME/frame10i11.png",
    Kind.xiph2k: "Netflix_NAME_4096x2160_60fps_10bit_420.y4m, or NAME/001.png 002.png …, "
    "or NAME-001.png NAME-002.png …",
    Kind.snufilm: "test-easy.txt … test-extreme.txt (also in eval_modes/) "
    "and the pictures that they list",
}
TREES[Kind.xiph4k] = TREES[Kind.xiph2k]

FOLDER_TREE = "NAME/frame_00.png frame_01_gt.png frame_02.png"


@dataclass(frozen=True, kw_only=True)
class EvaluationSet:
    """Triplets to measure on."""

    name: str
    """As tables call it."""

    kind: Kind
    folder: Path
    layout: str

    names: tuple[str, ...]
    """Of its triplets, in order; parts separated by `/`."""

    read: Callable[[], Iterator[Sample]]
    """Reads the triplets, one after the other."""

    published: int | None = None
    """How many the published set has."""

    @property
    def is_sequence(self) -> bool:
        """Whether its triplets are cut from clips, so that steps between frames mean something."""
        return self.layout == CLIPS

    @property
    def remark(self) -> str | None:
        """What a reader should know: a count other than the published one."""
        if self.published in (None, len(self.names)):
            return None
        return f"{self.name}: {len(self.names)} triplets; the published set has {self.published}"


def find_sets(
    kind: Kind,
    paths: Sequence[Path],
    protocol: Protocol,
    *,
    levels: Sequence[Level] = tuple(Level),
    frames: int | None = None,
) -> list[EvaluationSet]:
    """The sets that `paths` hold; nothing is decoded yet.

    Args:
        kind: what is in them.
        paths: folders of triplets, or clips, as many as there are; one folder of any other kind.
        protocol: decides how Xiph's frames are brought to size.
        levels: which of SNU-FILM's levels.
        frames: at most that many of each clip; None for all, of Xiph's the published 100.

    Raises:
        InputError: a path does not hold what it should; the message shows what is expected.
        ValueError: several paths where one is meant.
    """
    if kind is Kind.triplets:
        return [_folder_set(kind, path.resolve().name, path) for path in paths]
    if kind is Kind.sequence:
        return [_sequence(path, frames) for path in paths]
    (path,) = paths
    try:
        return _published(kind, path, protocol, levels, frames or XIPH_FRAMES)
    except InputError as error:
        raise InputError(f"{error}; {_expected(kind)}") from error


def _published(
    kind: Kind, path: Path, protocol: Protocol, levels: Sequence[Level], frames: int
) -> list[EvaluationSet]:
    if not path.is_dir():
        raise InputError(f"{path}: no such folder")
    if kind is Kind.snufilm:
        return _snufilm(path, levels)
    if kind in (Kind.xiph2k, Kind.xiph4k):
        return [_xiph(kind, path, protocol, frames)]
    return [_pictures_set(kind, path)]


def _sequence(path: Path, frames: int | None) -> EvaluationSet:
    clip = open_clip(path)
    return _clip_set(Kind.sequence, clip.name, path, [clip], frames)


def _pictures_set(kind: Kind, path: Path) -> EvaluationSet:
    find = {
        Kind.vimeo90k: find_vimeo90k,
        Kind.ucf101: find_ucf101,
        Kind.middlebury: find_middlebury,
    }[kind]
    found = find(path)
    if found is not None:
        return _listed_set(kind, kind.value, path, AS_DISTRIBUTED, found)
    return _folder_set(kind, kind.value, path)


def _snufilm(path: Path, levels: Sequence[Level]) -> list[EvaluationSet]:
    sets = []
    for level in levels:
        name = f"snufilm-{level.value}"
        found = find_snufilm(path, level.value)
        if found is not None:
            sets.append(_listed_set(Kind.snufilm, name, path, AS_DISTRIBUTED, found))
        else:
            sets.append(_folder_set(Kind.snufilm, name, path / level.value))
    return sets


def _xiph(kind: Kind, path: Path, protocol: Protocol, frames: int) -> EvaluationSet:
    clips = find_xiph_clips(path)
    if not clips:
        return _folder_set(kind, kind.value, path, _check_xiph_size)
    size = partial(halve, protocol=protocol) if kind is Kind.xiph2k else crop_centre

    def bring(picture: Picture) -> Picture:
        """To size, from 8 bits: of 10-bit clips FFmpeg makes pictures of 16 by itself."""
        return size(to_depth(picture, np.uint8))

    return _clip_set(kind, kind.value, path, clips, frames, bring)


def _folder_set(
    kind: Kind, name: str, path: Path, check: Callable[[Sample], None] | None = None
) -> EvaluationSet:
    found = {triplet.truth.parent.name: triplet for triplet in find_triplets(path)}
    return _listed_set(kind, name, path, FOLDERS, found, check)


def _listed_set(
    kind: Kind,
    name: str,
    path: Path,
    layout: str,
    found: dict[str, Triplet],
    check: Callable[[Sample], None] | None = None,
) -> EvaluationSet:
    def read() -> Iterator[Sample]:
        for triplet_name, triplet in found.items():
            sample = read_sample(triplet_name, triplet)
            if check is not None:
                check(sample)
            yield sample

    return EvaluationSet(
        name=name,
        kind=kind,
        folder=path,
        layout=layout,
        names=tuple(found),
        read=read,
        published=PUBLISHED_TRIPLETS.get(kind),
    )


def _clip_set(
    kind: Kind,
    name: str,
    path: Path,
    clips: Sequence[Clip],
    frames: int | None,
    bring: Callable[[Picture], Picture] = lambda picture: picture,
) -> EvaluationSet:
    def read() -> Iterator[Sample]:
        for clip in clips:
            yield from cut_triplets(clip, map(bring, clip.read(frames)))

    return EvaluationSet(
        name=name,
        kind=kind,
        folder=path,
        layout=CLIPS,
        names=tuple(n for clip in clips for n in triplet_names(clip, frames)),
        read=read,
        published=PUBLISHED_TRIPLETS.get(kind),
    )


def _check_xiph_size(sample: Sample) -> None:
    """Triplets that somebody cut are taken as they are; full frames would be mistaken for them."""
    height, width = sample.truth.shape[:2]
    if width > WIDTH or height > HEIGHT:
        raise InputError(
            f"{sample.name}: {describe(sample.truth)}; a folder per triplet holds pictures already "
            f"brought to {WIDTH}x{HEIGHT}; give the clips themselves instead"
        )


def _expected(kind: Kind) -> str:
    inner = "LEVEL/" if kind is Kind.snufilm else ""
    return f"expected in it: {TREES[kind]}; or a folder per triplet: {inner}{FOLDER_TREE}"
