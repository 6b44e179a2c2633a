"""How Xiph's 4096x2160 frames are brought to size."""

from __future__ import annotations

import cv2
import numpy as np

from filmnet.evaluation.kinds import Protocol
from filmnet.media.pixels import Picture

GAMMA = 2.2
WIDTH, HEIGHT = 2048, 1080


def halve(picture: Picture, protocol: Protocol) -> Picture:
    """A frame at half its size, as "Xiph-2K" has it.

    FILM averages 2x2 pixels in linear light, the community their stored values.

    Args:
        picture: (H, W, 3) uint8.
        protocol: whose way.

    Returns:
        (H // 2, W // 2, 3) uint8.
    """
    height, width = (side // 2 for side in picture.shape[:2])
    even = picture[: 2 * height, : 2 * width]
    if protocol is Protocol.community:
        return _shrink(even, width, height).astype(np.uint8)
    light = (even.astype(np.float32) / 255) ** GAMMA
    return np.rint(255 * _shrink(light, width, height) ** (1 / GAMMA)).astype(np.uint8)


def crop_centre(picture: Picture) -> Picture:
    """The middle 2048x1080, or what there is of it, as "Xiph-4K" has it."""
    height, width = picture.shape[:2]
    top, left = max(0, height - HEIGHT) // 2, max(0, width - WIDTH) // 2
    return np.ascontiguousarray(picture[top : top + HEIGHT, left : left + WIDTH])


def _shrink(picture: Picture, width: int, height: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
