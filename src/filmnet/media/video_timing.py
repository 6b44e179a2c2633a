"""How a video runs in time, told by the instants of its packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

LONGEST_GAP_SECONDS = 3600
"""A frame that comes later than that after another is taken for an error of the file."""

_SHORTEST = 4000
"""The part of a second below which frames do not follow one another, but share an instant."""

_SLOWEST, _FASTEST = Fraction(1, LONGEST_GAP_SECONDS), 1000
"""Frames per second between which a nominal rate is one, and not a clock or nonsense."""

_STANDARD_RATES = (
    *map(Fraction, (24, 25, 30, 48, 50, 60, 120)),
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
)
_LOOSE = 0.25
"""By how much a nominal rate may differ from the steps that most frames take."""

_UNEVEN = 0.1
"""Share of a frame by which steps may differ in a video of constant rate."""

_CLOCK_TICKS = Fraction(3, 2)
"""Units of a file's clock by which instants may be off; it may be as coarse as 1/1000."""

_SAME_RATE = Fraction(1, 2000)
"""By which rates differ that are one; 24 and 24000/1001 differ by twice that."""

_MOST_SHARED = Fraction(2, 3)
"""Instants per packet from which on packets that share one are the exception."""


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
    is_rate = nominal is not None and _SLOWEST <= nominal <= _FASTEST
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
    credible = [step for step in steps if is_credible(step * time_base)]
    last = ordered[-1][1]
    if not 2 * len(credible) > len(steps):
        rate = nominal_rate(nominal, last * time_base if is_credible(last * time_base) else None)
        end = _last_duration(last, rate, time_base)
        return Timing(rate, (len(ordered) - 1) / rate + end, is_variable=False)
    usual = sorted(credible)[len(credible) // 2]
    uneven = max(Fraction(_UNEVEN) * usual, _CLOCK_TICKS)
    is_variable = any(abs(step - usual) > uneven for step in steps)
    span = sum(credible) * time_base
    shares = Fraction(len(instants), len(ordered))
    if shares <= _MOST_SHARED:
        rate = nominal_rate(nominal, usual * time_base * shares)
        return Timing(rate, span + usual * time_base, is_variable)
    rate = nominal_rate(nominal, usual * time_base)
    span += (len(steps) - len(credible)) / rate
    if not is_variable:
        rate = _exact_rate(rate, len(steps), span, time_base)
        span = _snapped(span, rate, time_base)
    return Timing(rate, span + _last_duration(last, rate, time_base), is_variable)


def is_credible(seconds: Fraction) -> bool:
    """Whether a frame may be shown that long: else it is an error of the file."""
    return Fraction(1, _SHORTEST) <= seconds <= LONGEST_GAP_SECONDS


def _exact_rate(rate: Fraction, steps: int, span: Fraction, time_base: Fraction) -> Fraction:
    """Frames per second of a constant rate, which a coarse clock and FFmpeg's guess only come near.

    Args:
        rate: what is guessed.
        steps: from the first frame to the last.
        span: seconds that these take by the file's clock.
        time_base: seconds per unit of that clock.
    """

    def fits(known: Fraction) -> bool:
        return abs(steps / known - span) <= _CLOCK_TICKS * time_base

    measured = steps / span
    if measured == 1 / time_base:  # the clock counts frames
        return measured
    if rate in _STANDARD_RATES and fits(rate):
        return rate
    for guess in (rate, measured):
        near = _nearest_standard(guess)
        if fits(near) and abs(near / guess - 1) < _SAME_RATE:
            return near
    return rate if fits(rate) else measured.limit_denominator(1001)


def _nearest_standard(guess: Fraction) -> Fraction:
    return min(_STANDARD_RATES, key=lambda rate: abs(rate - guess))


def _snapped(seconds: Fraction, rate: Fraction, time_base: Fraction) -> Fraction:
    """Whole frames, if the file's clock cannot tell them from that; else as it is."""
    whole = round(seconds * rate) / rate
    return whole if abs(whole - seconds) <= _CLOCK_TICKS * time_base else seconds


def _last_duration(units: int, rate: Fraction, time_base: Fraction) -> Fraction:
    """How long the last frame is shown; as long as any where that is not said or absurd."""
    seconds = units * time_base
    if not is_credible(seconds):
        return 1 / rate
    return _snapped(seconds, rate, time_base) or seconds


class FrameClock:
    """Gives each frame its instant, mends what is missing, and never goes back.

    Args:
        time_base: seconds per unit of the file's clock.
        start: seconds on that clock that become 0.
        frame_rate: nominal.
        is_steady: whether the rate is constant, so that rounding to the clock can be undone.
    """

    def __init__(
        self, time_base: Fraction, start: Fraction, frame_rate: Fraction, *, is_steady: bool = False
    ) -> None:
        self._time_base, self._start, self._rate = time_base, start, frame_rate
        self._is_steady = is_steady
        self._last: Fraction | None = None
        self.mended = 0
        """Frames whose instants were missing, did not rise, or jumped."""

    def lasts(self, units: int) -> Fraction | None:
        """Seconds that a frame is shown; None where the file does not say it, or absurdly.

        Args:
            units: as the file has it, in units of its time base; 0 for unknown.
        """
        seconds = units * self._time_base
        if not is_credible(seconds):
            return None
        return self._exact(seconds) or seconds

    def place(self, instant: int | Fraction | None) -> Fraction:
        """Seconds of the next frame since the first.

        Args:
            instant: as the file has it, in units of its time base.
        """
        if instant is not None:
            seconds = self._exact(instant * self._time_base - self._start)
            if self._last is None or is_credible(seconds - self._last):
                self._last = seconds if self._last is not None else max(seconds, Fraction(0))
                return self._last
        if self._last is None:
            self._last = Fraction(0)
            return self._last
        self.mended += 1
        self._last += 1 / self._rate
        return self._last

    def _exact(self, seconds: Fraction) -> Fraction:
        return _snapped(seconds, self._rate, self._time_base) if self._is_steady else seconds
