"""Chroma at the resolution of luma and back, wherever its samples stand.

Centred chroma stands between the two pixels that share it; cosited chroma on the first of them:

    x   x   x   x        x   x   x   x
      o       o          o       o          x luma, o chroma

What goes down again after it came up is the same (each pair of filters is chosen for that), so
that reading and writing a video leaves the chroma of its frames where and as sharp as it is.
Coming up follows the curve through the neighbours, which is also closer to pictures whose chroma
is known than straight lines are (60.2 dB against 57.7 on 10 photos, horizontally).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
"""(H, W), float32."""

_SLOPE = np.array([-3, 22, 0, -22, 3]) / -128
"""Of neighbours, to the step between two pixels that share a centred sample, halved."""

_MIDDLE = np.array([0, -1, 9, 9, -1]) / 16
"""Of neighbours, to the value half way to the next sample."""

_COSITED = np.array([1, 6, 1]) / 8
"""Of pixels, to a sample on the one in the middle."""


def raise_chroma(plane: Plane, length: int, *, axis: int, cosited: bool) -> Plane:
    """Twice the samples along an axis.

    Args:
        plane: samples, float32.
        length: pixels wanted along `axis`: twice the samples, or one less.
        axis: 0 for rows, 1 for columns.
        cosited: whether samples stand on the first of two pixels, and not between them.
    """
    is_odd = length % 2 == 1
    if cosited:
        first, second = _cosited_pixels(plane, axis, is_odd=is_odd)
    else:
        first, second = _centred_pixels(plane, axis, is_odd=is_odd)
    height, width = plane.shape
    raised = np.empty((2 * height, width) if axis == 0 else (height, 2 * width), np.float32)
    raised[_every_second(0, axis)], raised[_every_second(1, axis)] = first, second
    return raised[_part(slice(length), axis)]


def lower_chroma(plane: Plane, *, axis: int, cosited: bool) -> Plane:
    """Half the samples along an axis, rounded up; undoes `raise_chroma`."""
    if cosited:
        kernel = _COSITED if plane.shape[axis] > 1 else np.ones(1)
        return _filter(plane, kernel, axis, cv2.BORDER_REFLECT_101)[_every_second(0, axis)]
    if plane.shape[axis] % 2:
        plane = np.concatenate((plane, plane[_part(slice(-1, None), axis)]), axis)
    lowered: Plane = (plane[_every_second(0, axis)] + plane[_every_second(1, axis)]) / 2
    return lowered


def _centred_pixels(plane: Plane, axis: int, *, is_odd: bool) -> tuple[Plane, Plane]:
    slope = _filter(plane, _SLOPE, axis, cv2.BORDER_REPLICATE)
    if is_odd:  # the last sample has one pixel only
        slope[_part(slice(-1, None), axis)] = 0
    return plane - slope, plane + slope


def _cosited_pixels(plane: Plane, axis: int, *, is_odd: bool) -> tuple[Plane, Plane]:
    middle = _filter(plane, _MIDDLE, axis, cv2.BORDER_REPLICATE)
    if is_odd and plane.shape[axis] > 1:  # beyond the edge, as lowering sees it
        middle[_part(slice(-1, None), axis)] = middle[_part(slice(-2, -1), axis)]
    before = np.concatenate(
        (middle[_part(slice(0, 1), axis)], middle[_part(slice(-1), axis)]), axis
    )
    return (8 * plane - before - middle) / 6, middle


def _filter(plane: Plane, kernel: NDArray[np.float64], axis: int, border: int) -> Plane:
    shape = (-1, 1) if axis == 0 else (1, -1)
    return np.asarray(cv2.filter2D(plane, cv2.CV_32F, kernel.reshape(shape), borderType=border))


def _every_second(first: int, axis: int) -> tuple[slice, ...]:
    return _part(slice(first, None, 2), axis)


def _part(part: slice, axis: int) -> tuple[slice, ...]:
    return (part,) if axis == 0 else (slice(None), part)
