"""Repeated frames: animation on twos, stutter of a capture, stills.

A frame that is shown again differs by what compression adds to it: little, and alike everywhere.
A thing that moves differs much, in few places. So two frames are compared by the place where
they differ most, after noise is averaged away over small blocks.
"""

from __future__ import annotations

import cv2
import numpy as np

from filmnet.media.pixels import Picture

_BLOCK_PX = 8
"""Side of the blocks over which noise is averaged."""

_MOST_IN_A_BLOCK = 4.5
"""Codes of 8 bits by which the average of a block of a repeated frame differs, at most."""

_MOST_OVERALL = 1.2
"""Codes of 8 bits by which pixels of a repeated frame differ, on average, at most."""


def is_repeat(picture0: Picture, picture1: Picture) -> bool:
    """Whether the second frame shows the first again, but for the noise of compression.

    Args:
        picture0: (H, W, 3 or 4), uint8 or uint16.
        picture1: of the same shape and type.
    """
    if picture0.shape != picture1.shape or picture0.dtype != picture1.dtype:
        return False
    if np.array_equal(picture0, picture1):
        return True
    scale = 255 / np.iinfo(picture0.dtype).max
    height, width = picture0.shape[:2]
    if scale * cv2.norm(picture0, picture1, cv2.NORM_L1) / picture0.size > _MOST_OVERALL:
        return False
    size = (-(-width // _BLOCK_PX), -(-height // _BLOCK_PX))
    difference = np.float32(scale) * (picture1.astype(np.float32) - picture0)
    blocks = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    return bool(np.abs(blocks).max() <= _MOST_IN_A_BLOCK)
