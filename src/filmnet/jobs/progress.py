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

    frames_kept: int = 0
    """Of those written, the ones that an earlier run had made."""

    remarks: tuple[str, ...] = ()
    """Sentences that a user should read now; the first progress has those known before work."""

    @property
    def frames_per_second(self) -> float | None:
        """The pace so far; None before the first frame."""
        frames = self.frames_done - self.frames_kept
        return frames / self.seconds_elapsed if frames and self.seconds_elapsed else None

    @property
    def seconds_left(self) -> float | None:
        """What is left at the pace so far; None before the first frame."""
        pace = self.frames_per_second
        return None if pace is None else (self.frames_total - self.frames_done) / pace


class Cancelled(Exception):  # noqa: N818 - a wish, not an error
    """The job was stopped as asked; there is no output under its name."""


class Cancel:
    """A wish to stop, which another thread may express."""

    def __init__(self) -> None:
        self._wish = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop before its next frame."""
        self._wish.set()

    @property
    def is_wished(self) -> bool:
        """Whether `cancel` has been called."""
        return self._wish.is_set()

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            Cancelled: `cancel` has been called.
        """
        if self._wish.is_set():
            raise Cancelled("cancelled")
