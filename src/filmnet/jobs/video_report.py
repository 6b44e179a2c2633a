"""What there is to say about a retimed video, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from filmnet.jobs.gap_filling import AtCuts, Tally
from filmnet.jobs.video_timeline import Pace
from filmnet.media.segments import WrittenVideo
from filmnet.media.video_info import VideoInfo
from filmnet.media.video_reader import Damage

_LISTED = 5
"""Places that are named; the others are counted."""


def remarks_of_work(
    info: VideoInfo,
    pace: Pace,
    tally: Tally,
    damage: Sequence[Damage],
    written: WrittenVideo,
    *,
    at_cuts: AtCuts,
) -> tuple[str, ...]:
    """What was met and done while a video was made, most important first."""
    sentences = [
        _duration(info, pace, written),
        _damage(damage),
        _cuts(tally.cuts, at_cuts),
        _repeats(tally.repeats),
    ]
    return tuple(filter(None, sentences))


def clock(seconds: Fraction) -> str:
    """A place in a video as players show it: 0:07.50, 1:02:03.04."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02d}:{rest / 100:05.2f}" if hours else f"{minutes}:{rest / 100:05.2f}"
    return f"{hours}:{tail}" if hours else tail


def _duration(info: VideoInfo, pace: Pace, written: WrittenVideo) -> str:
    """How long the output is beside what it should be."""
    expected = info.duration * pace.slower
    lasts = f"the output lasts {float(written.seconds):.3f} s"
    source = f"{float(info.duration):.3f} s"
    times = "" if pace.slower == 1 else f"{float(pace.slower):g} times "
    if abs(written.seconds - expected) <= 1 / pace.fps:
        return f"{lasts}, {times}the input's {source} within one frame"
    return (
        f"{lasts}, which is not {times}the input's {source}: its frames end at another time "
        "than it says"
    )


def _damage(damage: Sequence[Damage]) -> str:
    if not damage:
        return ""
    lost = sum(place.frames for place in damage)
    frames = f"{lost} frame{'s' * (lost != 1)} lost at least" if lost else "frames spoiled"
    return f"the input is damaged at {_places([d.seconds for d in damage])}: {frames}"


def _cuts(cuts: Sequence[Fraction], at_cuts: AtCuts) -> str:
    if not cuts:
        return ""
    what = "held" if at_cuts == "hold" else "blended"
    return f"{len(cuts)} scene cut{'s' * (len(cuts) != 1)} {what}, at {_places(cuts)}"


def _repeats(repeats: int) -> str:
    if not repeats:
        return ""
    return f"{repeats} repeated frame{'s' * (repeats != 1)} replaced by in-betweens"


def _places(seconds: Sequence[Fraction]) -> str:
    named = ", ".join(map(clock, seconds[:_LISTED]))
    more = len(seconds) - _LISTED
    return f"{named} and {more} more" if more > 0 else named
