"""The frames of a source as the timeline takes them: cuts and stills marked, repeats left out.

VideoReader ─ mark ─▶ is_cut, is_still ─ leave_out_repeats (--dedupe) ─▶ hold_long_gaps ─▶ Shown

Each step looks a few frames ahead at most, so that memory does not depend on the length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from filmnet.jobs.gap_filling import SourceFrame, Tally
from filmnet.jobs.video_timeline import Shown
from filmnet.media import Picture
from filmnet.media.repeats import is_repeat
from filmnet.media.scene_cuts import CutDetector
from filmnet.media.video_reader import VideoFrame

LONGEST_MOTION = Fraction(1, 4)
"""Seconds between two pictures beyond which the first is taken to stand still, not to move."""

_LONGEST_IN_FRAMES = 4
"""The same in nominal frames, for sources of few frames per second."""

_MOST_REPEATS = 8
"""Repeats of one picture that are replaced; more are a still."""

Frames = Iterator[Shown[SourceFrame]]


def source_frames(
    frames: Iterable[VideoFrame],
    *,
    frame_rate: Fraction,
    duration: Fraction,
    dedupe: bool,
    convert: Callable[[Picture], Picture],
    tally: Tally,
) -> Frames:
    """The frames of a video with their times, and how each follows the one before.

    Args:
        frames: as they are read.
        frame_rate: nominal.
        duration: of the video in seconds; counts where the last frame does not say its own.
        dedupe: leave repeats out, so that in-betweens take their place.
        convert: brings a picture to the channels of the output.
        tally: is told of cuts and of repeats that were left out.
    """
    shown = _mark(_rising(frames, frame_rate, duration, convert), tally)
    if dedupe:
        shown = _leave_out_repeats(shown, tally)
    return _hold_long_gaps(shown, 1 / frame_rate)


def flatten(picture: Picture) -> Picture:
    """A picture with alpha, (H, W, 4), over white, (H, W, 3), as photos are.

    Returns:
        The very same picture if it has no alpha.
    """
    if picture.shape[2] == 3:
        return picture
    white = np.iinfo(picture.dtype).max
    colour, alpha = picture[..., :3].astype(np.float32), picture[..., 3:].astype(np.float32) / white
    return np.rint(white + (colour - white) * alpha).astype(picture.dtype)


def _rising(
    frames: Iterable[VideoFrame],
    frame_rate: Fraction,
    duration: Fraction,
    convert: Callable[[Picture], Picture],
) -> Frames:
    """The frames that come after the one before, each with a duration."""
    last: Fraction | None = None
    for frame in frames:
        if last is not None and frame.seconds <= last:
            continue
        last = frame.seconds
        rest = duration - frame.seconds
        lasts = frame.duration or (rest if rest > 0 else 1 / frame_rate)
        yield Shown(SourceFrame(convert(frame.pixels)), frame.seconds, lasts)


def _mark(frames: Frames, tally: Tally) -> Frames:
    """Mark where scenes begin, and what repeats the frame before."""
    detector = CutDetector()
    before: Shown[SourceFrame] | None = None
    current: Shown[SourceFrame] | None = None
    for following in frames:
        is_cut = detector.push(following.frame.picture)
        if current is not None:
            yield _marked(before, current, bool(is_cut), tally)
        before, current = current, following
    if current is not None:
        yield _marked(before, current, bool(detector.finish()), tally)


def _marked(
    before: Shown[SourceFrame] | None, shown: Shown[SourceFrame], is_cut: bool, tally: Tally
) -> Shown[SourceFrame]:
    if before is None:
        return shown
    if is_cut:
        tally.cuts.append(shown.seconds)
    is_still = not is_cut and is_repeat(before.frame.picture, shown.frame.picture)
    return replace(shown, frame=replace(shown.frame, is_cut=is_cut, is_still=is_still))


def _leave_out_repeats(frames: Frames, tally: Tally) -> Frames:
    """Leave out frames that repeat a picture for a moment; one that stays longer is a still."""
    first: Shown[SourceFrame] | None = None
    repeats: list[Shown[SourceFrame]] = []
    in_still = False
    for shown in frames:
        if first is None or not _repeats(first, shown):
            tally.repeats += len(repeats)
            first, repeats, in_still = shown, [], False
            yield replace(shown, frame=replace(shown.frame, is_still=False))
        elif in_still:
            yield shown
        else:
            repeats.append(shown)
            in_still = (
                len(repeats) > _MOST_REPEATS
                or shown.seconds + shown.duration - first.seconds > LONGEST_MOTION
            )
            if in_still:
                yield from repeats
                repeats = []
    yield from repeats


def _repeats(first: Shown[SourceFrame], shown: Shown[SourceFrame]) -> bool:
    """Whether a frame shows the picture that a run of repeats began with."""
    return shown.frame.is_still and is_repeat(first.frame.picture, shown.frame.picture)


def _hold_long_gaps(frames: Frames, nominal: Fraction) -> Frames:
    """Let a frame that stays long, as in screen recordings, stand until just before the next."""
    longest = max(LONGEST_MOTION, _LONGEST_IN_FRAMES * nominal)
    before: Shown[SourceFrame] | None = None
    for shown in frames:
        if before is not None and shown.seconds - before.seconds > longest:
            still = SourceFrame(before.frame.picture, is_still=True)
            yield Shown(still, shown.seconds - nominal, nominal)
        yield shown
        before = shown
