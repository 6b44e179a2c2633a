"""RGB to Y'CbCr as video stores it: BT.709, limited range, chroma at half the resolution.

Done here in floating point and rounded once, because FFmpeg's scaler takes 16-bit white for
256/255 of white. Chroma is the average of the pixels that share it, so it stands between them:

    x   x   x   x
      o       o          x luma, o chroma in 4:2:0; 4:2:2 has one between each pair of a row
    x   x   x   x

Source: ITU-R BT.709-6, items 3.2 to 3.5; place of chroma: ITU-T H.264, figure E-1, type 1.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.media.pixels import Picture

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_MATRIX = np.array(
    [
        [_RED, _GREEN, _BLUE],
        [-_RED / 1.8556, -_GREEN / 1.8556, (1 - _BLUE) / 1.8556],
        [(1 - _RED) / 1.5748, -_GREEN / 1.5748, -_BLUE / 1.5748],
    ]
)
_SPAN = np.array([219, 224, 224])
_OFFSET = np.array([16, 128, 128])


def to_ycbcr(picture: Picture, *, bits: int, halve_rows: bool) -> tuple[NDArray[Any], ...]:
    """The three planes of a picture.

    Args:
        picture: (H, W, 3), uint8 or uint16; W even, and H where `halve_rows`.
        bits: 8 or more, per sample of the planes.
        halve_rows: 4:2:0 if true, else 4:2:2.

    Returns:
        Luma (H, W), blue and red difference (H or H/2, W/2), uint8 or, for more bits, uint16.
    """
    steps = 1 << (bits - 8)
    matrix = steps * np.column_stack(
        (_SPAN[:, None] * _MATRIX / np.iinfo(picture.dtype).max, _OFFSET)
    )
    transformed = np.asarray(cv2.transform(picture.astype(np.float32), matrix))
    luma, blue, red = transformed.transpose(2, 0, 1)
    planes = (luma, _halve(blue, rows=halve_rows), _halve(red, rows=halve_rows))
    dtype = np.uint8 if bits == 8 else np.uint16
    return tuple(np.rint(plane).astype(dtype) for plane in planes)


def _halve(chroma: NDArray[Any], *, rows: bool) -> NDArray[Any]:
    """Average pairs of columns, then pairs of rows."""
    halved: NDArray[Any] = (chroma[:, 0::2] + chroma[:, 1::2]) / 2
    if rows:
        halved = (halved[0::2] + halved[1::2]) / 2
    return halved


def to_planes(picture, colour):
    kr, kb = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}.get(colour.matrix, (0.299, 0.114))
    kg = 1 - kr - kb
    m = np.array(
        [
            [kr, kg, kb],
            [-kr / (2 - 2 * kb), -kg / (2 - 2 * kb), 0.5],
            [0.5, -kg / (2 - 2 * kr), -kb / (2 - 2 * kr)],
        ]
    )
    x = picture[..., :3].astype(np.float64) / np.iinfo(picture.dtype).max
    y = x @ m.T
    s = 1 << (colour.bits - 8)
    out = []
    for i in range(3):
        if colour.full_range:
            p = y[..., i] * (2**colour.bits - 1) + (0 if i == 0 else 2 ** (colour.bits - 1))
        else:
            p = s * (y[..., i] * (219 if i == 0 else 224) + (16 if i == 0 else 128))
        if i and colour.chroma in ("420", "422"):
            p = (p[:, ::2] + p[:, 1::2]) / 2
        if i and colour.chroma == "420":
            p = (p[::2] + p[1::2]) / 2
        out.append(p)
    if picture.shape[2] == 4:
        out.append(picture[..., 3] / np.iinfo(picture.dtype).max * (2**colour.bits - 1))
    dt = np.uint8 if colour.bits == 8 else np.uint16
    return tuple(np.clip(np.rint(p), 0, 2**colour.bits - 1).astype(dt) for p in out)
