"""What a worker is asked to do, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from filmnet.cluster.job import Job


@dataclass(frozen=True, kw_only=True)
class WholeTask:
    """Make a job's output, or say how it is divided."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class StretchTask:
    """Make some pieces of a divided video."""

    job: Job
    plan: str
    """Of the division, which another try must find again."""

    start: int
    """Number of the first output frame."""

    stop: int | None
    """Number of the frame after the last; None for all that follow."""


@dataclass(frozen=True, kw_only=True)
class JoinTask:
    """Join the pieces of a divided video."""

    job: Job
    plan: str


Task = WholeTask | StretchTask | JoinTask


@dataclass(frozen=True, kw_only=True)
class Made:
    """A task is done."""

    frames: int
    """Of the output or stretch."""

    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Divided:
    """A video is long enough for several workers."""

    plan: str
    frames: int
    """Of the whole output, by what the input says."""

    frames_per_piece: int
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A task could not be done."""

    error: str
    """One sentence."""

    seconds: float = 0.0


Result = Made | Divided | Failed
