"""Photos of differing sizes, brought to one size around their centres, without resampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from filmnet.errors import InputError
from filmnet.media.photos import PhotoInfo
from filmnet.media.pixels import Picture

Fit = Literal["crop", "pad"]
"""`crop`: the part that all photos have. `pad`: room for the largest, black around the others."""


def common_size(photos: Sequence[PhotoInfo], fit: str | None = None) -> tuple[int, int]:
    """The width and height that all photos will have.

    Raises:
        InputError: photos that differ though no fit is given, or an unknown fit.
    """
    if fit is not None and fit not in get_args(Fit):
        raise InputError(f"fit is {fit!r}, but has to be crop or pad")
    first = photos[0]
    if fit is None:
        for photo in photos:
            _check_same_size(first, photo)
    choose = max if fit == "pad" else min
    return choose(photo.width for photo in photos), choose(photo.height for photo in photos)


def fit_picture(picture: Picture, size: tuple[int, int]) -> Picture:
    """Crop or pad with black around the centre; the very same array where the size is right.

    Args:
        picture: (H, W, 3).
        size: width and height wanted. An odd difference leaves the pixel right and below.
    """
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    fitted = np.zeros((height, width, 3), picture.dtype)
    source_y, target_y, rows = _overlap(picture.shape[0], height)
    source_x, target_x, columns = _overlap(picture.shape[1], width)
    fitted[target_y : target_y + rows, target_x : target_x + columns] = picture[
        source_y : source_y + rows, source_x : source_x + columns
    ]
    return fitted


def _check_same_size(first: PhotoInfo, photo: PhotoInfo) -> None:
    if (photo.width, photo.height) != (first.width, first.height):
        raise InputError(
            f"{photo.path}: {photo.width}x{photo.height} differs from the first photo "
            f"({first.width}x{first.height}); crop or resize it, or pass --fit crop or --fit pad"
        )


def _overlap(source: int, target: int) -> tuple[int, int, int]:
    """Start in the source, start in the target and length, both centred on one another."""
    if source > target:
        return (source - target) // 2, 0, target
    return 0, (target - source) // 2, source
