"""Clips as a set of triplets in the layout of Vimeo-90K, which any tool for training reads.

SET/
  sequences/00001/0001/im1.png  im2.png  im3.png    whole frames, the middle one halfway in time
  tri_trainlist.txt    every triplet, one per line
  triplets.csv         of each: its clip, first frame, gap in frames, and motion between the inputs
  prepared.json        the settings, and what was left out of each clip

The inputs lie two, four or more frames apart, so that large motion is there as often as small.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from filmnet.errors import RecipeError
from filmnet.media.spool import encode_png
from filmnet.training.clips import read_clip
from filmnet.training.footage import Footage, find_footage
from filmnet.training.preparation import (
    Meter,
    Prepared,
    Report,
    check_target,
    describe_kept,
    replacing,
    tell_nobody,
)
from filmnet.training.windows import (
    PackConfig,
    Tick,
    Window,
    choose_windows,
    find_whole,
    no_tick,
    scan_clip,
)

MARKER = "prepared.json"
_PNG_EFFORT = 4


@dataclass(frozen=True, kw_only=True)
class TripletPlace:
    """Where a triplet lies in its clip."""

    first: int
    """Number of its first frame."""

    gap: int
    """Frames from the first to the middle, and from there to the last."""

    motion: float
    """Pixels moved between the two inputs, by the half of the frame that moves most."""


def prepare_triplets(
    sources: Sequence[Path],
    target: Path,
    config: PackConfig,
    report: Report = tell_nobody,
    *,
    overwrite: bool = False,
) -> Prepared:
    """Make a set of triplets from clips.

    Args:
        sources: folders with `clips/`, folders of clips, clips; photos are passed over.
        target: the set's folder; made under a temporary name, renamed when complete.
        config: how to cut; `side_px` is the least size of a frame, `windows_per_clip` the most
            triplets of a clip.
        report: told of each clip, and how far it is.
        overwrite: replace an existing set that was made so.

    Returns:
        What was made of the clips.

    Raises:
        RecipeError: no clip, one that cannot be read, or no triplet in any.
        OutputError: `target` exists, or cannot be written.
    """
    footage = find_footage(sources)
    if not footage.clips:
        raise RecipeError(f"{sources[0]}: no clip in it, and photos make no triplets; add clips")
    check_target(target, MARKER, "a set of triplets made here", overwrite=overwrite)
    with replacing(target) as partial:
        return _TripletSet(footage, partial, config, report).write()


def place_triplets(windows: Sequence[Window], frames: int) -> Iterator[TripletPlace]:
    """Triplets around the middle of each stretch of frames: gaps of 1, 2, 4 and so on."""
    for window in windows:
        gap = 1
        while 2 * gap < frames:
            first = window.first + (frames - 1) // 2 - gap
            yield TripletPlace(first=first, gap=gap, motion=2 * gap * window.motion)
            gap *= 2


def cut_triplets(
    clip: Path,
    places: dict[Path, TripletPlace],
    config: PackConfig,
    tick: Tick = no_tick,
) -> None:
    """Write triplets' frames as im1.png, im2.png and im3.png.

    Args:
        clip: where they come from.
        places: folder to triplet.
        config: `height_px` is used.
        tick: told the number of each frame that was read.

    Raises:
        RecipeError: the clip cannot be read.
        InputError: a frame of a folder cannot be read.
    """
    wanted: dict[int, list[Path]] = defaultdict(list)
    for folder, place in places.items():
        folder.mkdir(parents=True)
        for i in range(3):
            wanted[place.first + i * place.gap].append(folder / f"im{i + 1}.png")
    for number, frame in enumerate(read_clip(clip, height_px=config.height_px)):
        tick(number)
        paths = wanted.pop(number, [])
        data = encode_png(frame.pixels, effort=_PNG_EFFORT) if paths else b""
        for path in paths:
            path.write_bytes(data)
        if not wanted:
            break


class _TripletSet:
    """A set in the making."""

    def __init__(self, footage: Footage, target: Path, config: PackConfig, report: Report) -> None:
        self._footage = footage
        self._target = target
        self._config = config
        self._meter = Meter(report, len(footage.clips))
        self._rows: list[tuple[str, str, int, int, str]] = []
        self._left_out: dict[str, dict[str, int]] = {}

    def write(self) -> Prepared:
        for number, (name, clip) in enumerate(self._footage.clips.items(), 1):
            self._meter.end(self._add_clip(f"{number:05}", name, clip))
        if not self._rows:
            raise RecipeError(
                f"{', '.join(self._footage.clips)}: no triplet with true motion in them; add clips"
            )
        names = "".join(f"{row[0]}\n" for row in self._rows)
        (self._target / "tri_trainlist.txt").write_text(names, "utf-8")
        with (self._target / "triplets.csv").open("w", newline="", encoding="utf-8") as file:
            header = ("triplet", "clip", "first_frame", "gap_frames", "motion_px")
            csv.writer(file).writerows([header, *self._rows])
        description = {"config": asdict(self._config), "left_out": self._left_out}
        (self._target / MARKER).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
        motions = tuple(float(row[-1]) for row in self._rows)
        return Prepared(kind="triplets", motions=motions, left_out=dict(self._left_out))

    def _add_clip(self, group: str, name: str, clip: Path) -> str:
        """Write a clip's triplets; returns what became of it."""
        config, frames = self._config, self._footage.frames[name]
        generator = np.random.default_rng([config.seed, *name.encode()])
        tick, next_tick = (self._meter.tick(frames, reading=i, readings=2) for i in range(2))
        scan = scan_clip(clip, config, generator, tick, find_whole)
        found = list(place_triplets(scan.windows, config.frames))
        chosen = choose_windows(found, config.windows_per_clip, generator)
        places = {f"{group}/{i:04}": place for i, place in enumerate(chosen, 1)}
        folder = self._target / "sequences"
        cut_triplets(clip, {folder / path: p for path, p in places.items()}, config, next_tick)
        self._rows += [
            (path, name, place.first, place.gap, f"{place.motion:.2f}")
            for path, place in places.items()
        ]
        self._left_out[name] = scan.left_out
        return describe_kept(name, len(chosen), len(found), "triplets", scan.left_out)
