"""How a video is turned and mirrored to stand upright."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filmnet.media.side_data import side_data


@dataclass(frozen=True)
class Orientation:
    """First mirrored, then turned."""

    rotation: int = 0
    """Degrees, clockwise: 0, 90, 180 or 270."""

    is_mirrored: bool = False
    """Left to right."""

    @property
    def swaps_sides(self) -> bool:
        """Whether width becomes height."""
        return self.rotation % 180 == 90

    def apply(self, picture: NDArray[Any]) -> NDArray[Any]:
        """An (H, W, C) picture upright."""
        if self.is_mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, -self.rotation // 90))


def orientation_of(frame: VideoFrame) -> Orientation:
    """As the display matrix of a decoded frame says, at the nearest right angle."""
    matrix = side_data(frame, Type.DISPLAYMATRIX)
    if matrix is None:
        return Orientation()
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    if a * d == b * c:
        return Orientation()
    degrees = math.degrees(math.atan2(-c, d))
    return Orientation(round(degrees / 90) % 4 * 90, a * d < b * c)
