"""RGB to Y'CbCr as video stores it, and back: any matrix, range, depth and place of chroma.

Done here in floating point and rounded once, because FFmpeg's scaler takes 16-bit white for
256/255 of white and places chroma as it likes. Pictures are code values: nothing is done about
transfer and primaries.

Source: ITU-T H.273, 8.3; ITU-R BT.709-6, items 3.2 to 3.5; BT.2020-2, table 4 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from filmnet.media.chroma import Plane, lower_chroma, raise_chroma
from filmnet.media.pixels import Picture
from filmnet.media.video_colour import VideoColour

_IDENTITY, _YCGCO = 0, 8
_LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Of red and blue, by matrix coefficients."""

_HD_SIDES = (1280, 576)
"""A video is HD if its long side has this many pixels, or its short side more than that many."""

_FACTORS = {
    "444": (1, 1),
    "422": (1, 2),
    "420": (2, 2),
    "440": (2, 1),
    "411": (1, 4),
    "410": (4, 4),
}
"""Pixels per sample of chroma: down, along."""

_CENTRED_COLUMNS = (2, 4, 6)
_TOP_ROWS = (3, 4)


def matrix_of(colour: VideoColour, size: tuple[int, int]) -> int:
    """The matrix coefficients by which a video is decoded and encoded.

    Where they are unspecified it is what players take: BT.709 for HD, else BT.601. Matrices that
    depend on more than the pixel are taken for their nearest plain one.

    Args:
        colour: as tagged.
        size: width and height.
    """
    if colour.matrix in (_IDENTITY, _YCGCO) or colour.matrix in _LUMA_WEIGHTS:
        return colour.matrix
    if colour.primaries == 9:
        return 9
    return 1 if max(size) >= _HD_SIDES[0] or min(size) > _HD_SIDES[1] else 6


def to_ycbcr(picture: Picture, colour: VideoColour) -> tuple[NDArray[Any], ...]:
    """The planes of a picture.

    Args:
        picture: (H, W, 3), uint8 or uint16.
        colour: matrix, range, bits and chroma of the planes.

    Returns:
        Luma (H, W) and, unless it is grey, blue and red difference at their resolution, uint8 or,
        for more than 8 bits, uint16. For matrix 0 these are green, blue and red.
    """
    height, width = picture.shape[:2]
    forward, offset = _transform(matrix_of(colour, (width, height)), colour.full_range, colour.bits)
    matrix = np.column_stack((forward / np.iinfo(picture.dtype).max, offset))
    if colour.chroma == "400":
        return (_round(_apply(picture, matrix[:1]), colour.bits),)
    luma, *chroma = cv2.split(_apply(picture, matrix))
    lowered = [_lower(np.asarray(plane), colour) for plane in chroma]
    return tuple(_round(plane, colour.bits) for plane in (np.asarray(luma), *lowered))


def to_rgb(planes: Sequence[NDArray[Any]], colour: VideoColour, dtype: DTypeLike) -> Picture:
    """The picture of some planes; undoes `to_ycbcr`.

    Args:
        planes: luma (H, W) and, unless it is grey, blue and red difference, uint8 or uint16.
        colour: matrix, range, bits and chroma of the planes.
        dtype: uint8 or uint16.

    Returns:
        (H, W, 3) of `dtype`, clipped and rounded.
    """
    height, width = planes[0].shape
    white = np.iinfo(dtype).max
    forward, offset = _transform(matrix_of(colour, (width, height)), colour.full_range, colour.bits)
    if colour.chroma == "400":
        grey = (planes[0].astype(np.float32) - offset[0]) * np.float32(white / forward[0].sum())
        return np.repeat(_to_codes(grey, dtype)[..., None], 3, axis=2)
    inverse = white * np.linalg.inv(forward)
    matrix = np.column_stack((inverse, -inverse @ offset))
    chroma = [_raise(plane, (height, width), colour) for plane in planes[1:3]]
    merged = cv2.merge([planes[0].astype(np.float32), *chroma])
    return _to_codes(np.asarray(cv2.transform(merged, matrix)), dtype)


@lru_cache(maxsize=32)
def _transform(
    matrix: int, full_range: bool, bits: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, 3) and (3,), from RGB in [0, 1] to code values."""
    steps, top = 1 << (bits - 8), (1 << bits) - 1
    span = np.array([top, top, top]) if full_range else steps * np.array([219, 224, 224])
    offset = np.array([0 if full_range else 16 * steps, 128 * steps, 128 * steps])
    if matrix == _IDENTITY:
        span, offset = np.full(3, span[0]), np.full(3, offset[0])
    return span[:, None] * _coefficients(matrix), offset.astype(np.float64)


def _coefficients(matrix: int) -> NDArray[np.float64]:
    """(3, 3), from RGB in [0, 1] to luma in [0, 1] and differences in [-1/2, 1/2]."""
    if matrix == _IDENTITY:
        return np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64)
    if matrix == _YCGCO:
        return np.array([[1, 2, 1], [-1, 2, -1], [2, 0, -2]]) / 4
    red, blue = _LUMA_WEIGHTS[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    blue_difference = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    red_difference = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack((luma, blue_difference, red_difference))


def _apply(picture: Picture, matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(cv2.transform(picture.astype(np.float32), matrix), np.float32)


def _round(plane: Plane, bits: int) -> NDArray[Any]:
    codes = np.rint(plane).clip(0, (1 << bits) - 1)
    return codes.astype(np.uint8 if bits == 8 else np.uint16)


def _to_codes(values: NDArray[np.float32], dtype: DTypeLike) -> NDArray[Any]:
    np.rint(values, out=values)
    np.clip(values, 0, np.iinfo(dtype).max, out=values)
    return values.astype(dtype)


def _raise(plane: NDArray[Any], size: tuple[int, int], colour: VideoColour) -> Plane:
    """Chroma at the resolution `size` (H, W)."""
    raised = plane.astype(np.float32)
    for axis, length in enumerate(size):
        lengths = [length]
        for _ in range(1, _halvings(colour, axis)):
            lengths.append(-(-lengths[-1] // 2))
        for pixels in reversed(lengths[: _halvings(colour, axis)]):
            raised = raise_chroma(raised, pixels, axis=axis, cosited=_is_cosited(colour, axis))
    return raised


def _lower(plane: Plane, colour: VideoColour) -> Plane:
    """Chroma at its own resolution."""
    for axis in (0, 1):
        for _ in range(_halvings(colour, axis)):
            plane = lower_chroma(plane, axis=axis, cosited=_is_cosited(colour, axis))
    return plane


def _halvings(colour: VideoColour, axis: int) -> int:
    return _FACTORS[colour.chroma][axis].bit_length() - 1


def _is_cosited(colour: VideoColour, axis: int) -> bool:
    if axis == 0:
        return colour.chroma_location in _TOP_ROWS
    return colour.chroma_location not in _CENTRED_COLUMNS
