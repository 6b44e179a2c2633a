"""When each photo stands, and how many frames are made between.

    photos     0           1           2          F = 9 frames, N = 3 photos
    frames     0  1  2  3  4  5  6  7  8          photo k on frame round(k (F - 1) / (N - 1))

In a loop the way back to the first photo counts as one more gap, and the frame it ends on is
the first frame again, which is not repeated: photo k stands on frame round(k F / N).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, repeat

from filmnet.errors import InputError

MIN_FPS, MAX_FPS = 0.001, 1000
"""Frames per second beyond these are a mistake."""

_LONGEST_FPS = 40
"""Characters of the longest text that is taken for a number."""

MAX_FRAMES = 10_000_000
"""Frames of a clip beyond this are a mistake."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The frames of a clip from the first photo to the last, or round to the first."""

    photo_frames: tuple[int, ...]
    """The frame on which each photo stands, rising, the first 0."""

    frames: int
    """How many frames there are."""

    loop: bool = False
    """Whether the last photo leads back to the first."""

    @property
    def gaps(self) -> tuple[int, ...]:
        """Frames to make after each photo: one number per pair, in a loop one per photo."""
        ends = (*self.photo_frames[1:], self.frames)
        gaps = tuple(end - start - 1 for start, end in zip(self.photo_frames, ends, strict=True))
        return gaps if self.loop else gaps[:-1]


def plan_timeline(
    photos: int,
    *,
    fps: Fraction,
    seconds: float | None = None,
    between: int | None = None,
    loop: bool = False,
) -> Timeline:
    """Spread photos over a clip.

    Args:
        photos: how many, at least 2.
        fps: frames per second.
        seconds: of the clip, without what holding still and coming back add. Without `seconds`
            and `between` it is 2, or 1 per pair of photos where that is longer.
        between: made frames per pair of photos, instead of `seconds`.
        loop: whether the last photo leads back to the first.

    Raises:
        InputError: both lengths at once, a length out of range, or more photos than frames.
    """
    if seconds is not None and between is not None:
        raise InputError("--seconds and --between both set the clip's length; give one of them")
    pairs = photos if loop else photos - 1
    if between is not None:
        return _evenly(photos, _checked_between(between) * pairs + pairs + (not loop), loop=loop)
    length = float(max(2, pairs) if seconds is None else seconds)
    frames = _frame_count(length, fps)
    if frames < photos:
        raise InputError(
            f"{length:g} seconds at {float(fps):g} frames per second are {frames} frames, fewer "
            f"than the {photos} photos; raise --seconds or --fps, or use --between"
        )
    return _evenly(photos, frames, loop=loop)


def parse_fps(fps: float | Fraction | str) -> Fraction:
    """Frames per second as a fraction: 30, 29.97, `30000/1001`.

    Raises:
        InputError: not a number from 0.001 to 1000.
    """
    try:
        number = fps if isinstance(fps, (int, Fraction)) else _fps_number(str(fps))
        in_range = MIN_FPS <= number <= MAX_FPS
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise InputError(
            f"fps is {_shortened(fps)}, but has to be a number like 30 or 30000/1001"
        ) from error
    if not in_range:
        raise InputError(f"fps is {_shortened(fps)}, but has to lie in {MIN_FPS}..{MAX_FPS}")
    return Fraction(number).limit_denominator(1_000_000)


def hold_frames(hold: float, fps: Fraction) -> int:
    """Frames that the first and the last photo are shown beyond their own.

    Raises:
        InputError: not a number of seconds from 0 up.
    """
    if not 0 <= hold <= MAX_FRAMES / fps:
        raise InputError(f"hold is {hold}, but has to be a number of seconds from 0 up")
    return round(hold * fps)


def there_and_back(timeline: Timeline, *, hold: int = 0, boomerang: bool = False) -> Iterator[int]:
    """The order in which the frames of a timeline are shown.

    A boomerang goes back without repeating the frame it turns on, and stops before the first
    frame, with which a player that loops begins again.

    Args:
        timeline: with at least two photos.
        hold: how many times more the first and the last photo are shown when they first come.
        boomerang: whether the frames come back.
    """
    back = range(timeline.frames - 2, 0, -1) if boomerang else range(0)
    held = {timeline.photo_frames[0], timeline.photo_frames[-1]}
    for frame in chain(range(timeline.frames), back):
        yield frame
        if frame in held:
            held.remove(frame)
            yield from repeat(frame, hold)


def count_shown(timeline: Timeline, *, hold: int = 0, boomerang: bool = False) -> int:
    """How many frames `there_and_back` gives."""
    return timeline.frames + 2 * hold + (timeline.frames - 2 if boomerang else 0)


def _fps_number(text: str) -> Fraction:
    """A number as it is written; a float's digits, not its binary fraction, are what is meant."""
    if len(text) > _LONGEST_FPS:
        raise ValueError("no such long number is meant")
    rough = float(Fraction(text) if "/" in text else text)  # before 1e999999999 is multiplied out
    return Fraction(text) if MIN_FPS <= rough <= MAX_FPS else Fraction(rough)


def _shortened(fps: object) -> str:
    try:
        text = str(fps)
    except ValueError:  # Python writes out no number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_FPS else f"{text[:_LONGEST_FPS]}…"


def _frame_count(seconds: float, fps: Fraction) -> int:
    if not 0 < seconds <= MAX_FRAMES / fps:
        raise InputError(f"seconds is {seconds}, but has to be a number above 0")
    return round(seconds * fps)


def _checked_between(between: int) -> int:
    if between < 1:
        raise InputError(f"between is {between}, but has to be 1 or more made frames per pair")
    return between


def _evenly(photos: int, frames: int, *, loop: bool) -> Timeline:
    if frames > MAX_FRAMES:
        raise InputError(f"the clip would have {frames} frames, more than {MAX_FRAMES}")
    step = Fraction(frames, photos) if loop else Fraction(frames - 1, photos - 1)
    photo_frames = tuple(round(k * step) for k in range(photos))
    return Timeline(photo_frames=photo_frames, frames=frames, loop=loop)
