"""Windows: short square crops of consecutive frames of a clip, from which triplets are drawn.

A clip is read twice and never held: `scan_clip` notes where usable windows lie and how much
moves in them, `choose_windows` picks some of each speed, and `cut_windows` fetches their pixels.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.training.clips import motion_px, read_clip, upper_half
from filmnet.training.pictures import Pixels
from filmnet.training.steps import Step, StepRecord

FLOW_SPAN = 4
"""Frames, at most, between the two whose flow tells a window's motion."""

STILL_EVERY = 60
"""Frames from a clip's still to the next …"""

FIRST_STILL = 30
"""… and from its start to the first; a shorter clip gives one of its frames."""


_PLURALS = {
    Step.CUT: "cuts",
    Step.FLASH: "flashes",
    Step.REPEAT: "repeats",
    Step.UNEVEN: "uneven steps",
}

Tick = Callable[[int], None]


class Moving(Protocol):
    """What has a motion, by which it is chosen."""

    @property
    def motion(self) -> float:
        """In pixels."""


M = TypeVar("M", bound=Moving)


def no_tick(_: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class PackConfig:
    """How training material is cut.

    Raises:
        ValueError: a value that cannot be.
    """

    frames: int = 9
    """Consecutive frames per window, at least 3."""

    side_px: int = 208
    """Side of a window."""

    height_px: int = 540
    """Clips are averaged down so that their shorter side has at most this many pixels."""

    photo_height_px: int = 1024
    """The same for photos."""

    stride: int = 4
    """Frames between the starts of two windows of a clip."""

    windows_per_clip: int = 120
    """At most; chosen so that small and large motion are equally frequent."""

    still_px: float = 0.15
    """Windows that move less per frame step are left out."""

    stills_per_clip: int = 4
    """Frames of each clip, at most, that serve as textures beside the photos."""

    seed: int = 0

    def __post_init__(self) -> None:
        if self.frames < 3:
            raise ValueError(f"frames {self.frames} are no triplet; 3 are the least")
        counts = (self.side_px, self.height_px, self.photo_height_px, self.stride)
        if min(*counts, self.windows_per_clip) < 1:
            raise ValueError("sides, heights, stride and windows_per_clip start at 1")
        if min(self.still_px, self.stills_per_clip, self.seed) < 0:
            raise ValueError("still_px, stills_per_clip and seed start at 0")


@dataclass(frozen=True, kw_only=True)
class Window:
    """Where a window lies in its clip."""

    first: int
    """Number of its first frame."""

    top: int
    left: int

    motion: float
    """Pixels moved per frame step, by the half of its area that moves most."""


Finder = Callable[[int, list[Pixels], PackConfig, np.random.Generator], Iterable[Window]]
"""First frame's number, frames, settings and chance to windows."""


@dataclass(frozen=True, kw_only=True)
class ClipScan:
    """What a first reading of a clip finds."""

    windows: list[Window]
    stills: list[Pixels]

    left_out: dict[str, int]
    """Why the rest is: steps by kind, windows that are still, too-small frames."""


def scan_clip(
    clip: Path,
    config: PackConfig,
    generator: np.random.Generator,
    tick: Tick = no_tick,
    find: Finder | None = None,
) -> ClipScan:
    """All usable windows of a clip, and some frames as textures.

    Args:
        clip: a video or a folder of frames.
        config: how windows are to be.
        generator: the only source of chance.
        tick: told the number of each frame that was read.
        find: the windows of a stretch of frames; by default, `find_crops`.

    Raises:
        RecipeError: the clip cannot be read.
        InputError: a frame of a folder cannot be read.
    """
    find = find or find_crops
    steps, recent = StepRecord(), deque[Pixels](maxlen=config.frames)
    stills: list[Pixels] = []
    candidates: list[Window] = []
    too_small = 0
    for number, frame in enumerate(read_clip(clip, height_px=config.height_px)):
        tick(number)
        steps.add(frame.pixels, frame.seconds)
        recent.append(frame.pixels)
        too_small += min(frame.pixels.shape[:2]) < config.side_px
        if number % STILL_EVERY == FIRST_STILL and len(stills) < config.stills_per_clip:
            stills.append(frame.pixels)
        first = number - config.frames + 1
        if first >= 0 and first % config.stride == 0 and _fit(recent, config.side_px):
            candidates.extend(find(first, list(recent), config, generator))
    if recent and not stills and config.stills_per_clip:
        stills.append(recent[len(recent) // 2])
    windows, left_out = _judge(candidates, steps.judge(), config)
    left_out["too small frames"] = too_small
    left_out = {reason: count for reason, count in left_out.items() if count}
    return ClipScan(windows=windows, stills=stills, left_out=left_out)


def find_crops(
    first: int, frames: list[Pixels], config: PackConfig, generator: np.random.Generator
) -> Iterator[Window]:
    """Two crops of a stretch of frames: where most moves, and anywhere."""
    side, size = config.side_px, frames[0].shape[:2]
    motion = _motion_per_step(frames)
    for busiest in (True, False):
        top, left = (int(generator.integers(0, n - side + 1)) for n in size)
        if busiest:
            top, left = _busiest(motion, size, side)
        moved = _crop_motion(motion, size, top, left, side)
        yield Window(first=first, top=top, left=left, motion=moved)


def find_whole(
    first: int, frames: list[Pixels], _config: PackConfig, _generator: np.random.Generator
) -> Iterator[Window]:
    """The whole frames of a stretch."""
    yield Window(first=first, top=0, left=0, motion=upper_half(_motion_per_step(frames)))


def choose_windows(windows: list[M], count: int, generator: np.random.Generator) -> list[M]:
    """At most `count` of what moves, drawn evenly over octaves of motion, in their order."""
    if len(windows) <= count:
        return windows
    octaves = np.array([octave(window.motion) for window in windows])
    frequency = {value: int((octaves == value).sum()) for value in np.unique(octaves)}
    weights = np.array([1.0 / frequency[value] for value in octaves])
    chosen = generator.choice(len(windows), count, replace=False, p=weights / weights.sum())
    return [windows[i] for i in sorted(chosen)]


def octave(motion: float) -> int:
    """The power of two at or below a motion: 3 for 8 to 16 pixels."""
    return math.floor(math.log2(max(motion, 1e-3)))


def cut_windows(
    clip: Path,
    windows: Sequence[Window],
    config: PackConfig,
    target: Path,
    tick: Tick = no_tick,
) -> None:
    """Write the windows' pixels as one array, (N, frames, side, side, 3) uint8, to `target`.

    Args:
        clip: where they come from.
        windows: where they lie.
        config: their length and side.
        target: the file.
        tick: told the number of each frame that was read.

    Raises:
        RecipeError: the clip cannot be read.
        InputError: a frame of a folder cannot be read.
    """
    side = config.side_px
    shape = (len(windows), config.frames, side, side, 3)
    cut = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    last = max(window.first for window in windows) + config.frames
    for number, frame in enumerate(read_clip(clip, height_px=config.height_px)):
        if number >= last:
            break
        tick(number)
        for i, window in enumerate(windows):
            if 0 <= number - window.first < config.frames:
                rows = slice(window.top, window.top + side)
                columns = slice(window.left, window.left + side)
                cut[i, number - window.first] = frame.pixels[rows, columns]
    cut.flush()


def _motion_per_step(frames: Sequence[Pixels]) -> NDArray[np.float32]:
    """Length of the motion per frame step in the middle of a stretch, at a small size."""
    span = min(FLOW_SPAN, len(frames) - 1)
    middle = (len(frames) - span) // 2
    return motion_px(frames[middle], frames[middle + span]) / np.float32(span)


def _judge(
    windows: list[Window], kinds: NDArray[np.int8], config: PackConfig
) -> tuple[list[Window], dict[str, int]]:
    """The windows that show true motion, and how much of what else there is."""
    steps = config.frames - 1
    usable = [window for window in windows if not kinds[window.first :][:steps].any()]
    moving = [window for window in usable if window.motion >= config.still_px]
    left_out = {name: int((kinds == kind).sum()) for kind, name in _PLURALS.items()}
    return moving, left_out | {"still windows": len(usable) - len(moving)}


def _fit(frames: deque[Pixels], side_px: int) -> bool:
    """Whether there are enough frames, of one size that holds a window."""
    return (
        len(frames) == frames.maxlen
        and len({frame.shape for frame in frames}) == 1
        and min(frames[0].shape[:2]) >= side_px
    )


def _busiest(motion: NDArray[np.floating], size: tuple[int, ...], side: int) -> tuple[int, int]:
    """Top left corner of the crop with most motion."""
    scale = motion.shape[0] / size[0]
    window = max(1, int(side * scale))
    mean = cv2.boxFilter(motion, -1, (window, window), anchor=(0, 0))
    valid = mean[: max(1, motion.shape[0] - window), : max(1, motion.shape[1] - window)]
    y, x = np.unravel_index(int(np.argmax(valid)), valid.shape)
    return min(int(y / scale), size[0] - side), min(int(x / scale), size[1] - side)


def _crop_motion(
    motion: NDArray[np.floating], size: tuple[int, ...], top: int, left: int, side: int
) -> float:
    """Motion of a crop, by the half of it that moves most."""
    scale = motion.shape[0] / size[0]
    y, x = int(top * scale), int(left * scale)
    end_y, end_x = int((top + side) * scale), int((left + side) * scale)
    part = motion[y : max(y + 1, end_y), x : max(x + 1, end_x)]
    return upper_half(part)
