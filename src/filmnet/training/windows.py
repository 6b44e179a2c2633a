"""Windows: short square crops of consecutive frames of a clip, from which triplets are drawn.

A clip is read twice and never held: `scan_clip` notes where usable windows lie and how much
moves in them, `choose_windows` picks some of each speed, and `cut_windows` fetches their pixels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.training.clips import (
    ClipFrame,
    luma_difference,
    motion_px,
    read_clip,
    upper_half,
    usable_steps,
)
from filmnet.training.pictures import Pixels

FLOW_SPAN = 4
"""Frames, at most, between the two whose flow tells a window's motion."""

CONTEXT = 4
"""Steps before a window that help to tell a cut from fast motion."""

STILL_EVERY = 60
"""Frames from a clip's still to the next …"""

FIRST_STILL = 30
"""… and from its start to the first; a shorter clip gives one of its last frames."""


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


@dataclass(frozen=True)
class ClipScan:
    """What a first reading of a clip finds."""

    windows: list[Window] = field(default_factory=list)
    stills: list[Pixels] = field(default_factory=list)


def scan_clip(clip: Path, config: PackConfig, generator: np.random.Generator) -> ClipScan:
    """All usable windows of a clip, and some frames as textures.

    Raises:
        RecipeError: the clip cannot be read.
        InputError: a frame of a folder cannot be read.
    """
    scan = ClipScan()
    recent: deque[ClipFrame] = deque(maxlen=config.frames + CONTEXT)
    differences: deque[float] = deque(maxlen=config.frames + CONTEXT - 1)
    for number, frame in enumerate(read_clip(clip, height_px=config.height_px)):
        if number % STILL_EVERY == FIRST_STILL and len(scan.stills) < config.stills_per_clip:
            scan.stills.append(frame.pixels)
        if recent and recent[-1].pixels.shape != frame.pixels.shape:
            recent.clear()
            differences.clear()
        if recent:
            differences.append(luma_difference(recent[-1].pixels, frame.pixels))
        recent.append(frame)
        first = number - config.frames + 1
        if first % config.stride == 0 and _is_usable(recent, differences, config.frames):
            last = list(recent)[-config.frames :]
            scan.windows.extend(_find_windows(first, last, config, generator))
    if recent and not scan.stills and config.stills_per_clip:
        scan.stills.append(recent[len(recent) // 2].pixels)
    return scan


def choose_windows(
    windows: list[Window], count: int, generator: np.random.Generator
) -> list[Window]:
    """At most `count` of the windows, drawn evenly over octaves of motion, in their order."""
    if len(windows) <= count:
        return windows
    octaves = np.floor(np.log2(np.array([max(window.motion, 1e-3) for window in windows])))
    frequency = {octave: int((octaves == octave).sum()) for octave in np.unique(octaves)}
    weights = np.array([1.0 / frequency[octave] for octave in octaves])
    chosen = generator.choice(len(windows), count, replace=False, p=weights / weights.sum())
    return [windows[i] for i in sorted(chosen)]


def cut_windows(clip: Path, windows: Sequence[Window], config: PackConfig, target: Path) -> None:
    """Write the windows' pixels as one array, (N, frames, side, side, 3) uint8, to `target`.

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
        for i, window in enumerate(windows):
            if 0 <= number - window.first < config.frames:
                rows = slice(window.top, window.top + side)
                columns = slice(window.left, window.left + side)
                cut[i, number - window.first] = frame.pixels[rows, columns]
    cut.flush()


def _is_usable(recent: deque[ClipFrame], differences: deque[float], frames: int) -> bool:
    """Whether the last `frames` frames follow each other as true motion."""
    if len(recent) < frames:
        return False
    seconds = np.diff([frame.seconds for frame in recent])
    steps = usable_steps(np.array(differences, dtype=np.float32), seconds)
    return bool(steps[-(frames - 1) :].all())


def _find_windows(
    first: int, frames: list[ClipFrame], config: PackConfig, generator: np.random.Generator
) -> Iterator[Window]:
    """Two crops of a stretch of frames: where most moves, and anywhere; still ones left out."""
    side, size = config.side_px, frames[0].pixels.shape[:2]
    if min(size) < side:
        return
    span = min(FLOW_SPAN, config.frames - 1)
    middle = (config.frames - span) // 2
    motion = motion_px(frames[middle].pixels, frames[middle + span].pixels) / span
    for busiest in (True, False):
        top, left = (int(generator.integers(0, n - side + 1)) for n in size)
        if busiest:
            top, left = _busiest(motion, size, side)
        moved = _crop_motion(motion, size, top, left, side)
        if moved >= config.still_px:
            yield Window(first=first, top=top, left=left, motion=moved)


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
