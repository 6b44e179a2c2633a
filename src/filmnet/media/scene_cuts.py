"""Scene cuts, found while frames stream past."""

from __future__ import annotations

from filmnet.media.pixels import Picture


class CutDetector:
    """Tells for each frame whether a new scene starts with it; looks one frame ahead."""

    def push(self, picture: Picture) -> bool | None:
        """Whether the frame given before this one starts a scene; None if there was none.

        Args:
            picture: (H, W, 3 or 4), uint8 or uint16.
        """
        raise NotImplementedError

    def finish(self) -> bool | None:
        """Whether the last frame starts a scene; None if there was no frame."""
        raise NotImplementedError
