"""How many frames of an output the network will have to make, told without decoding anything."""

from __future__ import annotations

from fractions import Fraction
from itertools import count, takewhile

from filmnet.jobs.video_timeline import Pace, Shown, lay_out

_LOOKED_AT = 2000
"""Source frames after which the share of made frames is known well enough."""


def estimate_made(frame_rate: Fraction, seconds: Fraction, pace: Pace) -> int:
    """Made frames, if the source's frames come evenly, without cuts and stills.

    Args:
        frame_rate: of the source, nominal.
        seconds: duration of the source.
        pace: what is wanted.
    """
    looked_at = min(seconds, _LOOKED_AT / frame_rate)
    instants = takewhile(lambda second: second < looked_at, (k / frame_rate for k in count()))
    source = (Shown(None, second, 1 / frame_rate) for second in instants)
    times = [t for gap in lay_out(source, pace) for t in gap.times]
    if not times:
        return 0
    return round(pace.frames(seconds) * Fraction(sum(t > 0 for t in times), len(times)))
