"""How far a job is, and how to stop it."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a job stands; the first one comes before the first frame."""

    frames_done: int
    """Frames written."""

    frames_total: int
    """Frames that the result will have."""

    seconds_elapsed: float
    """Since work on the frames began."""

    using: str
    """What makes the frames: weights, device, precision and threads in one line."""

    @property
    def seconds_left(self) -> float | None:
        """What is left at the pace so far; None before the first frame."""
        if not self.frames_done:
            return None
        return self.seconds_elapsed / self.frames_done * (self.frames_total - self.frames_done)


class Cancelled(Exception):  # noqa: N818 - a wish, not an error
    """The job was stopped as asked; it left nothing behind."""


class Cancel:
    """A wish to stop, which another thread may express."""

    def __init__(self) -> None:
        self._wish = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop before its next frame."""
        self._wish.set()

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            Cancelled: `cancel` has been called.
        """
        if self._wish.is_set():
            raise Cancelled("cancelled")
