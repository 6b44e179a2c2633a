"""The two ways in which frame interpolation is measured; their figures are not comparable.

               film                             community
network        unpadded, the size it comes in   the weights' padding, as for users
made frame     clipped, not rounded             clipped and rounded to the pictures' depth
SSIM           per channel, inside the picture  ssim_matlab
xiph2k         averaged in linear light         INTER_AREA on the stored values
"""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from filmnet.media.pixels import Picture

GAMMA = 2.2
XIPH_WIDTH, XIPH_HEIGHT = 2048, 1080


class Protocol(str, Enum):
    """By which rules frames are made and compared."""

    film = "film"
    """As in the published evaluation of FILM."""

    community = "community"
    """As in most papers since: frames as a viewer gets them."""

    @property
    def rounds(self) -> bool:
        """Whether made frames are rounded before they are compared."""
        return self is Protocol.community

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return {
            Protocol.film: "network unpadded, frames clipped and not rounded, "
            "tf.image's PSNR and SSIM",
            Protocol.community: "network padded as for users, frames rounded to the pictures' "
            "depth, PSNR and ssim_matlab",
        }[self]

    def halve(self, picture: Picture) -> Picture:
        """A frame at half its size, (H // 2, W // 2, 3) uint8; Xiph's "2K".

        Args:
            picture: (H, W, 3) uint8.
        """
        height, width = (side // 2 for side in picture.shape[:2])
        cropped = picture[: 2 * height, : 2 * width]
        if self is Protocol.community:
            return _shrink(cropped, width, height).astype(np.uint8)
        light = (cropped.astype(np.float32) / 255) ** GAMMA
        return np.rint(255 * _shrink(light, width, height) ** (1 / GAMMA)).astype(np.uint8)


def crop_centre(picture: Picture) -> Picture:
    """The middle 2048x1080, or what there is of it; Xiph's "4K"."""
    height, width = picture.shape[:2]
    top, left = max(0, height - XIPH_HEIGHT) // 2, max(0, width - XIPH_WIDTH) // 2
    return np.ascontiguousarray(picture[top : top + XIPH_HEIGHT, left : left + XIPH_WIDTH])


def _shrink(picture: Picture, width: int, height: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
