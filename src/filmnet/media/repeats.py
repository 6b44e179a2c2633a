"""Repeated frames: animation on twos, stutter of a capture, stills."""

from __future__ import annotations

from filmnet.media.pixels import Picture


def is_repeat(picture0: Picture, picture1: Picture) -> bool:
    """Whether the second frame shows the first again, but for the noise of compression.

    Args:
        picture0: (H, W, 3 or 4), uint8 or uint16.
        picture1: likewise.
    """
    raise NotImplementedError
