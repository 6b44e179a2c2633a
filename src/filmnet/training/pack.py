"""The pack: training material cut, checked and laid out for random access.

PACK/
  pack.json           what is in it, from what, with which settings
  windows/NAME.npy    (N, frames, side, side, 3) uint8: crops of consecutive frames of one clip
  windows/NAME.motion.npy    (N,) float32: pixels moved per frame step
  photos/NAME.npy     (H, W, 3) uint8: a photo, or a still of a clip, for layered scenes
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError
from filmnet.training.clips import (
    PICTURE_SUFFIXES,
    Frame,
    list_clips,
    luma_difference,
    motion_px,
    read_clip,
    shrink,
    usable_steps,
)

PACK_FILE = "pack.json"
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class PackConfig:
    """How training material is cut."""

    frames: int = 9
    """Consecutive frames per window."""

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
    """Frames of each clip that serve as textures beside the photos."""

    seed: int = 0


@dataclass(frozen=True)
class Window:
    """A candidate: its pixels, (frames, side, side, 3), and its motion per frame step."""

    pixels: Frame
    motion: float


def prepare_pack(
    source: Path, target: Path, config: PackConfig, report: Report = lambda _: None
) -> None:
    """Cut `source/clips` and `source/photos` into the pack `target`.

    Args:
        source: a folder with `clips/` or `photos/` or both.
        target: the pack's folder; made under a temporary name, renamed when complete.
        config: how to cut.
        report: told a line per clip.

    Raises:
        RecipeError: neither folder is there, or a file in them cannot be read.
    """
    if not (source / "clips").is_dir() and not (source / "photos").is_dir():
        raise RecipeError(f"{source}: neither clips/ nor photos/ in it; put videos or photos there")
    partial = target.with_name(target.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "windows").mkdir(parents=True)
    (partial / "photos").mkdir()
    counts = {}
    if (source / "clips").is_dir():
        for clip in list_clips(source / "clips"):
            counts[clip.name] = _pack_clip(clip, partial, config)
            report(f"{clip.name}: {counts[clip.name]} windows")
    if (source / "photos").is_dir():
        _pack_photos(source / "photos", partial / "photos", config)
    description = {"config": asdict(config), "windows": counts}
    (partial / PACK_FILE).write_text(json.dumps(description, indent=1) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def is_pack(folder: Path) -> bool:
    """Whether `folder` holds a complete pack."""
    return (folder / PACK_FILE).is_file()


def _pack_clip(clip: Path, target: Path, config: PackConfig) -> int:
    """Write a clip's windows and stills; returns the number of windows."""
    generator = np.random.default_rng([config.seed, *clip.name.encode()])
    candidates, stills = _scan(clip, config, generator)
    chosen = _balance(candidates, config.windows_per_clip, generator)
    if chosen:
        np.save(target / "windows" / f"{clip.name}.npy", np.stack([w.pixels for w in chosen]))
        motions = np.array([w.motion for w in chosen], dtype=np.float32)
        np.save(target / "windows" / f"{clip.name}.motion.npy", motions)
    for i, still in enumerate(stills):
        np.save(target / "photos" / f"{clip.name}-{i}.npy", still)
    return len(chosen)


def _scan(
    clip: Path, config: PackConfig, generator: np.random.Generator
) -> tuple[list[Window], list[Frame]]:
    """All usable windows of a clip, at most eight times as many as asked; and its stills."""
    recent: deque[Frame] = deque(maxlen=config.frames + 4)
    differences: deque[float] = deque(maxlen=config.frames + 3)
    candidates: list[Window] = []
    stills: list[Frame] = []
    for index, frame in enumerate(read_clip(clip, height_px=config.height_px)):
        if recent:
            differences.append(luma_difference(recent[-1], frame))
        recent.append(frame)
        if index % 60 == 30 and len(stills) < config.stills_per_clip:
            stills.append(frame)
        if index % config.stride or len(recent) < config.frames:
            continue
        steps = usable_steps(np.array(differences, dtype=np.float32))
        if steps[-(config.frames - 1) :].all():
            candidates += _cut(list(recent)[-config.frames :], config, generator)
        if len(candidates) > 8 * config.windows_per_clip:
            candidates = _balance(candidates, 4 * config.windows_per_clip, generator)
    return candidates, stills


def _cut(frames: list[Frame], config: PackConfig, generator: np.random.Generator) -> list[Window]:
    """Two crops of a stretch of frames: where most moves, and anywhere; still ones left out."""
    side, (height, width) = config.side_px, frames[0].shape[:2]
    if height < side or width < side:
        return []
    span = min(4, config.frames - 1)
    middle = (config.frames - span) // 2
    motion = motion_px(frames[middle], frames[middle + span]) / span
    windows = []
    for busiest in (True, False):
        top, left = (int(generator.integers(0, n - side + 1)) for n in (height, width))
        if busiest:
            top, left = _busiest(motion, (height, width), side)
        moved = _region(motion, (height, width), top, left, side)
        if moved >= config.still_px:
            crop = np.stack([f[top : top + side, left : left + side] for f in frames])
            windows.append(Window(crop, moved))
    return windows


def _busiest(motion: NDArray[np.floating], size: tuple[int, int], side: int) -> tuple[int, int]:
    """Top left corner of the crop with most motion."""
    scale = motion.shape[0] / size[0]
    window = max(1, int(side * scale))
    mean = cv2.boxFilter(motion, -1, (window, window), anchor=(0, 0))
    valid = mean[: max(1, motion.shape[0] - window), : max(1, motion.shape[1] - window)]
    y, x = np.unravel_index(int(np.argmax(valid)), valid.shape)
    return min(int(y / scale), size[0] - side), min(int(x / scale), size[1] - side)


def _region(
    motion: NDArray[np.floating], size: tuple[int, int], top: int, left: int, side: int
) -> float:
    """Motion of a crop: the mean of its upper half, so that a small moving thing counts."""
    scale = motion.shape[0] / size[0]
    rows = slice(int(top * scale), int((top + side) * scale))
    part = motion[rows, int(left * scale) : int((left + side) * scale)]
    return float(np.mean(part[part >= np.median(part)]))


def _balance(windows: list[Window], count: int, generator: np.random.Generator) -> list[Window]:
    """At most `count` of the windows, drawn evenly over octaves of motion."""
    if len(windows) <= count:
        return windows
    octaves = np.floor(np.log2(np.array([max(w.motion, 1e-3) for w in windows])))
    frequency = {octave: int((octaves == octave).sum()) for octave in np.unique(octaves)}
    weights = np.array([1.0 / frequency[octave] for octave in octaves])
    chosen = generator.choice(len(windows), count, replace=False, p=weights / weights.sum())
    return [windows[i] for i in sorted(chosen)]


def _pack_photos(source: Path, target: Path, config: PackConfig) -> None:
    """Write every photo of a folder, averaged down."""
    for path in sorted(source.iterdir()):
        if path.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise RecipeError(f"{path}: not a picture; remove it from the training data")
        rgb = np.array(bgr[:, :, ::-1], dtype=np.uint8)
        np.save(target / f"{path.name}.npy", shrink(rgb, config.photo_height_px))
