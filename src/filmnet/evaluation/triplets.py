"""Folders of triplets: two inputs and the true frame between them, a folder for each.

SET/
  one/     frame10.png  frame10i11.png  frame11.png      any names: by name, the middle one
  two/     frame_00.png frame_01_gt.png frame_02.png     is the truth
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from filmnet.errors import InputError
from filmnet.evaluation.metrics import psnr
from filmnet.media.photo_list import list_photos
from filmnet.media.photos import read_photo
from filmnet.media.pixels import Picture, to_tensor

Midpoint = Callable[[Picture, Picture], Picture]
"""Makes the frame halfway between two, as `filmnet.Interpolator.midpoint` does."""


class Triplet(NamedTuple):
    """Paths of one triplet, in time order."""

    image0: Path
    truth: Path
    image1: Path


@dataclass(frozen=True, kw_only=True)
class TripletScore:
    """How close the made frames of a set come to the true ones."""

    name: str
    """Of the set's folder."""

    triplets: int

    psnr: float
    """Mean over the triplets, in dB; of frames rounded to the inputs' depth."""

    average_psnr: float
    """The same for the plain average of the two inputs: what any network has to beat."""


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


def evaluate_triplets(
    midpoint: Midpoint, folder: Path, report: Callable[[int, int], None] = lambda *_: None
) -> TripletScore:
    """Make the middle frame of every triplet and compare.

    Args:
        midpoint: the method; takes and gives (H, W, 3) arrays, uint8 or uint16.
        folder: a folder of triplets.
        report: told how many triplets are done, and of how many.

    Raises:
        InputError: the folder, or a picture in it, cannot be used.
    """
    triplets = find_triplets(folder)
    made, averaged = [], []
    for done, triplet in enumerate(triplets, 1):
        image0, truth, image1 = _read(triplet)
        made.append(_psnr(midpoint(image0, image1), truth))
        averaged.append(_psnr(average(image0, image1), truth))
        report(done, len(triplets))
    return TripletScore(
        name=folder.resolve().name,
        triplets=len(triplets),
        psnr=float(np.mean(made)),
        average_psnr=float(np.mean(averaged)),
    )


def average(image0: Picture, image1: Picture) -> Picture:
    """The plain average of two pictures, (H, W, 3), rounded; exact halves to the even value."""
    # Not by way of tensors: in float32 chance would decide which way a half goes.
    return np.rint((image0.astype(np.float64) + image1) / 2).astype(image0.dtype)


def _triplet(folder: Path) -> Triplet:
    photos = list_photos(folder)
    if len(photos) != 3:
        raise InputError(f"{folder}: {len(photos)} pictures; a triplet has three")
    return Triplet(*photos)


def _read(triplet: Triplet) -> list[Picture]:
    """The three pictures, of one size and depth."""
    pictures = [read_photo(path) for path in triplet]
    first = pictures[0]
    for path, picture in zip(triplet, pictures, strict=True):
        if (picture.shape, picture.dtype) != (first.shape, first.dtype):
            raise InputError(
                f"{path}: {_describe(picture)} differs from {triplet.image0.name}, "
                f"{_describe(first)}; a triplet's pictures have one size and depth"
            )
    return pictures


def _describe(picture: Picture) -> str:
    height, width = picture.shape[:2]
    return f"{width}x{height} {picture.dtype}"


def _psnr(made: Picture, truth: Picture) -> float:
    return float(psnr(to_tensor(made), to_tensor(truth)))
