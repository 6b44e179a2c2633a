"""Triplets as files and as pictures: two inputs and the true frame between them.

SET/
  one/     frame10.png  frame10i11.png  frame11.png      any names: by name, the middle one
  two/     frame_00.png frame_01_gt.png frame_02.png     is the truth
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from filmnet.errors import InputError
from filmnet.media.photo_list import list_photos
from filmnet.media.photos import read_photo
from filmnet.media.pixels import Picture

USUAL_NAMES = (
    ("frame_00", "frame_01_gt", "frame_02"),
    ("frame10", "frame10i11", "frame11"),
    ("im1", "im2", "im3"),
)
"""Names that tell which three are meant where a folder has more pictures than that."""


class Triplet(NamedTuple):
    """Paths of one triplet, in time order."""

    image0: Path
    truth: Path
    image1: Path


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One triplet's pictures, all of one size and depth."""

    name: str
    """Within its set, parts separated by `/`."""

    image0: Picture
    truth: Picture
    image1: Picture


def find_triplets(folder: Path) -> list[Triplet]:
    """All triplets in `folder`, by name; hidden folders left out.

    Raises:
        InputError: no such folder, none in it, or one has not three pictures.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of triplets")
    inner = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not inner:
        raise InputError(f"{folder}: no folders in it; each triplet is a folder of three pictures")
    return [_triplet(path) for path in inner]


def read_sample(name: str, triplet: Triplet) -> Sample:
    """Read a triplet.

    Raises:
        InputError: a picture cannot be read, or they differ in size or depth.
    """
    pictures = [read_photo(path) for path in triplet]
    first = pictures[0]
    for path, picture in zip(triplet, pictures, strict=True):
        if (picture.shape, picture.dtype) != (first.shape, first.dtype):
            raise InputError(
                f"{path}: {describe(picture)} differs from {triplet.image0.name}, "
                f"{describe(first)}; a triplet's pictures have one size and depth"
            )
    image0, truth, image1 = pictures
    return Sample(name=name, image0=image0, truth=truth, image1=image1)


def average(image0: Picture, image1: Picture) -> Picture:
    """The plain average of two pictures, (H, W, 3), rounded; exact halves to the even value."""
    # Not by way of tensors: in float32 chance would decide which way a half goes.
    return np.rint((image0.astype(np.float64) + image1) / 2).astype(image0.dtype)


def describe(picture: Picture) -> str:
    """Size and depth in words."""
    height, width = picture.shape[:2]
    return f"{width}x{height} {picture.dtype}"


def _triplet(folder: Path) -> Triplet:
    photos = list_photos(folder)
    if len(photos) == 3:
        return Triplet(*photos)
    by_stem = {path.stem: path for path in photos}
    for names in USUAL_NAMES:
        if all(name in by_stem for name in names):
            return Triplet(*(by_stem[name] for name in names))
    raise InputError(f"{folder}: {len(photos)} pictures; a triplet has three")
