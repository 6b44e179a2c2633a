"""When each frame of a new video stands between the frames of its source; exact fractions only.

    source   0        1     2              3 ]      frames at any seconds, the last lasts until ]
    output   0  1  2  3  4  5  6  7  8  9  10       one every 1 / (fps x slower) source seconds
    gaps     └─ 0 ─┘ └─ 1─┘└───── 2 ─────┘ └ 3      after the last frame it is held

An instant on a frame, or so close that only a container's rounded timestamps can tell, shows that
frame; any other lies at t in (0, 1) between two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic, TypeVar

from filmnet.errors import InputError
from filmnet.jobs.timeline import MAX_FRAMES, parse_fps

MAX_SLOWER = 1000
"""Slowing down by more than this is a mistake."""

_ROUNDING = Fraction(1, 2000)
"""Seconds by which containers that count milliseconds are off."""

_LARGEST_SHARE = Fraction(1, 20), Fraction(1, 4)
"""Of the gap before a frame, and of the time between two output frames, that counts as on it."""

F = TypeVar("F")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast the source passes, and how many frames are shown meanwhile."""

    fps: Fraction
    """Frames per second of the output."""

    slower: Fraction = Fraction(1)
    """How many times longer the output is."""

    @property
    def step(self) -> Fraction:
        """Source seconds from one output frame to the next."""
        return 1 / (self.fps * self.slower)

    def frames(self, seconds: Fraction) -> int:
        """Output frames of a source that lasts `seconds`; one at least."""
        return max(1, round(seconds / self.step))


@dataclass(frozen=True)
class Shown(Generic[F]):
    """A source frame with its time."""

    frame: F
    """Whatever stands for the frame."""

    seconds: Fraction
    """When it is shown first."""

    duration: Fraction
    """Seconds that it is shown; counts for the last frame only."""


@dataclass(frozen=True)
class Gap(Generic[F]):
    """Output frames from one source frame, inclusive, to the next, exclusive."""

    before: F
    """The source frame at t = 0."""

    after: F | None
    """The one at t = 1; None after the last frame, which is held."""

    first: int
    """Number of the first output frame."""

    times: tuple[Fraction, ...]
    """Where each output frame lies, in [0, 1), never falling; 0 shows `before`."""


def plan_pace(
    fps: float | Fraction | str | None, slower: float | Fraction | str | None, source_fps: Fraction
) -> Pace:
    """The pace that `--fps` and `--slower` ask for.

    Args:
        fps: frames per second of the output; None for the source's, if `slower` is given.
        slower: how many times longer the output is, above 1; None keeps the duration.
        source_fps: the source's frames per second.

    Raises:
        InputError: neither of them, or a number that cannot be used.
    """
    if fps is None and slower is None:
        raise InputError(
            "nothing to do: pass --fps for a smoother video of the same duration, such as "
            "--fps 60, or --slower for slow motion, such as --slower 4, or both"
        )
    return Pace(
        fps=source_fps if fps is None else parse_fps(fps),
        slower=Fraction(1) if slower is None else _parse_slower(slower),
    )


def check_length(pace: Pace, seconds: Fraction) -> None:
    """Refuse what would have absurdly many frames.

    Raises:
        InputError: more than `MAX_FRAMES`.
    """
    frames = pace.frames(seconds)
    if frames > MAX_FRAMES:
        raise InputError(
            f"the video would have {frames} frames, more than {MAX_FRAMES}; "
            "lower --fps or --slower, or cut the input into parts"
        )


def lay_out(source: Iterable[Shown[F]], pace: Pace, *, start: int = 0) -> Iterator[Gap[F]]:
    """Place the output frames between the source's, as the source's frames come.

    A gap is given once it is certain that the output lasts that long, which takes a source frame
    half an output frame later, or the end. Gaps without an output frame are left out.

    Args:
        source: in rising order of time; one frame at least. What comes before the first frame's
            time shows that frame.
        pace: how fast it passes.
        start: number of the output frame to begin with, where the source's first frames are left
            out.
    """
    waiting: list[Gap[F]] = []
    last: Shown[F] | None = None
    for frame in source:
        if last is not None:
            stop = _first_at(frame, last, pace.step)
            if stop > start:
                waiting.append(_gap(last, frame, start, stop, pace.step))
            start = max(start, stop)
        last = frame
        certain = math.ceil(frame.seconds / pace.step - Fraction(1, 2))
        while waiting and waiting[0].first + len(waiting[0].times) <= certain:
            yield waiting.pop(0)
    if last is None:
        return
    total = pace.frames(last.seconds + last.duration)
    if total > start:
        waiting.append(Gap(last.frame, None, start, (Fraction(0),) * (total - start)))
    for gap in waiting:
        if shown := gap.times[: max(0, total - gap.first)]:
            yield replace(gap, times=shown)


def _first_at(frame: Shown[F], previous: Shown[F], step: Fraction) -> int:
    """The first output frame that shows `frame`, or comes after it."""
    of_gap, of_step = _LARGEST_SHARE
    near = min(_ROUNDING, of_gap * (frame.seconds - previous.seconds), of_step * step)
    return math.ceil((frame.seconds - near) / step)


def _gap(before: Shown[F], after: Shown[F], start: int, stop: int, step: Fraction) -> Gap[F]:
    length = after.seconds - before.seconds
    near = min(_ROUNDING, _LARGEST_SHARE[0] * length, _LARGEST_SHARE[1] * step)
    times = []
    for k in range(start, stop):
        since = k * step - before.seconds
        times.append(Fraction(0) if since <= near else since / length)
    return Gap(before.frame, after.frame, start, tuple(times))


def _parse_slower(slower: float | Fraction | str) -> Fraction:
    """A factor as a fraction: 4, 2.5, `5/2`."""
    sentence = f"slower is {str(slower)[:40]}, but has to be a number above 1, such as 4 or 2.5"
    try:
        rough = float(Fraction(slower) if isinstance(slower, str) and "/" in slower else slower)
        if not 1 < rough <= MAX_SLOWER:
            raise InputError(f"{sentence}, up to {MAX_SLOWER}")
        exact = Fraction(slower if isinstance(slower, Fraction) else str(slower))
        return exact.limit_denominator(1_000_000)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise InputError(sentence) from error
