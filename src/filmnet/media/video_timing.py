"""How a video runs in time, told by the instants of its packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

LONGEST_GAP_SECONDS = 3600
"""A frame that comes later than that after another is taken for an error of the file."""

_FASTEST = 1000
"""Frames per second above which a nominal rate is no rate but a clock."""

_STANDARD_RATES = tuple(
    Fraction(rate * 1000, divisor)
    for rate in (24, 25, 30, 48, 50, 60, 120)
    for divisor in (1000, 1001)
)
_LOOSE = 0.25
"""By how much a nominal rate may differ from the steps that most frames take."""

_UNEVEN = 0.1
"""Share of a frame by which steps may differ in a video of constant rate."""


@dataclass(frozen=True)
class Timing:
    """How a video runs in time."""

    frame_rate: Fraction
    duration: Fraction
    """Seconds from the first shown frame to the end of the last."""

    is_variable: bool


def nominal_rate(nominal: Fraction | None, step: Fraction | None) -> Fraction:
    """Frames per second.

    Args:
        nominal: as the file says or FFmpeg guesses.
        step: seconds that most frames take, if known.
    """
    is_rate = nominal is not None and 0 < nominal <= _FASTEST
    if step is None or step <= 0:
        return nominal if nominal is not None and is_rate else Fraction(25)
    if nominal is not None and is_rate and abs(nominal * step - 1) <= _LOOSE:
        return nominal
    closest = min(_STANDARD_RATES, key=lambda rate: abs(rate * step - 1))
    if abs(closest * step - 1) < Fraction(2, 1000):
        return closest
    return (1 / step).limit_denominator(1001)


def time_packets(
    stamps: Sequence[tuple[int, int]], time_base: Fraction, nominal: Fraction | None
) -> Timing:
    """How a video runs in time.

    Args:
        stamps: instant and duration of each packet that is shown, in any order; 0 for an unknown
            duration; at least one.
        time_base: seconds per unit of these.
        nominal: frames per second, as the file says or FFmpeg guesses.
    """
    ordered = sorted(stamps)
    instants = sorted({instant for instant, _ in ordered})
    steps = [after - before for before, after in pairwise(instants)]
    usual = sorted(steps)[len(steps) // 2] if steps else ordered[-1][1]
    rate = nominal_rate(nominal, usual * time_base)
    last = ordered[-1][1] * time_base or 1 / rate
    uneven = max(Fraction(_UNEVEN) * usual, Fraction(3, 2))  # clocks may be as coarse as 1/1000
    return Timing(
        frame_rate=rate,
        duration=(instants[-1] - instants[0]) * time_base + last,
        is_variable=any(abs(step - usual) > uneven for step in steps),
    )


class FrameClock:
    """Gives each frame its instant, mends what is missing, and never goes back."""

    def __init__(self, time_base: Fraction, start: Fraction, frame_rate: Fraction) -> None:
        self._time_base, self._start, self._step = time_base, start, 1 / frame_rate
        self._last: Fraction | None = None
        self.mended = 0
        """Frames whose instants were missing, did not rise, or jumped."""

    def place(self, instant: int | None) -> Fraction:
        """Seconds of the next frame since the first.

        Args:
            instant: as the file has it, in units of its time base.
        """
        if instant is not None:
            seconds = instant * self._time_base - self._start
            if self._last is None or 0 < seconds - self._last <= LONGEST_GAP_SECONDS:
                self._last = seconds if self._last is not None else max(seconds, Fraction(0))
                return self._last
        if self._last is None:
            self._last = Fraction(0)
            return self._last
        self.mended += 1
        self._last += self._step
        return self._last
