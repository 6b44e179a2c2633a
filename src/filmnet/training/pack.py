"""The pack: training material cut, checked and laid out for random access.

PACK/
  pack.json           what is in it, with which settings it was cut, and what was left out
  windows/NAME.npy    (N, frames, side, side, 3) uint8: crops of consecutive frames of one clip
  windows/NAME.motion.npy    (N,) float32: pixels moved per frame step
  photos/NAME.npy     (H, W, 3) uint8: a photo, for layered scenes
  stills/NAME.npy     the same: a frame of a clip
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError
from filmnet.training.clips import read_small_photo
from filmnet.training.footage import Footage, find_footage
from filmnet.training.layouts import PACK_FILE, Layout, recognise
from filmnet.training.pictures import Pixels
from filmnet.training.preparation import (
    Meter,
    Prepared,
    Report,
    check_target,
    describe_kept,
    replacing,
    tell_nobody,
)
from filmnet.training.windows import PackConfig, choose_windows, cut_windows, scan_clip


@dataclass(frozen=True)
class ClipWindows:
    """A clip's share of a pack."""

    windows: Pixels
    """(N, frames, side, side, 3), on disk until it is read."""

    motion: NDArray[np.float32]
    """(N,) pixels moved per frame step."""


def prepare_pack(
    sources: Sequence[Path],
    target: Path,
    config: PackConfig,
    report: Report = tell_nobody,
    *,
    overwrite: bool = False,
) -> Prepared:
    """Cut clips and photos into the pack `target`.

    Args:
        sources: folders with `clips/` or `photos/`, folders of clips, clips.
        target: the pack's folder; made under a temporary name, renamed when complete.
        config: how to cut.
        report: told of each clip and photo, and how far each is.
        overwrite: replace an existing pack.

    Returns:
        What was made of the clips.

    Raises:
        RecipeError: nothing to cut, or a clip that cannot be read.
        InputError: a photo cannot be read.
        OutputError: `target` exists, or cannot be written.
    """
    footage = find_footage(sources)
    check_target(target, PACK_FILE, "a pack", overwrite=overwrite)
    with replacing(target) as partial:
        return _Packing(footage, partial, config, report).run()


def pack_for_run(
    data: Path,
    run: Path,
    config: PackConfig,
    report: Report = tell_nobody,
) -> Path:
    """What a run reads: `data` itself, or if it is clips, `run/pack`, cut from them if need be.

    Raises:
        RecipeError: `run/pack` was cut with other settings, or `data` cannot be used.
        InputError: a photo cannot be read.
        OutputError: `run/pack` cannot be written.
    """
    if recognise(data) is not Layout.CLIPS:
        return data
    pack = run / "pack"
    if not is_pack(pack):
        prepare_pack([data], pack, config, report)
    elif _describe(pack)["config"] != asdict(config):
        raise RecipeError(
            f"{pack}: was cut with other settings than the recipe's [pack]; "
            f"remove it to have it cut again, or undo the change"
        )
    return pack


def is_pack(folder: Path) -> bool:
    """Whether `folder` holds a complete pack."""
    return (folder / PACK_FILE).is_file()


def open_windows(pack: Path) -> list[ClipWindows]:
    """The windows of all clips that have some, by file name.

    Raises:
        RecipeError: not a pack, or a damaged one.
    """
    counts = _describe(pack)["windows"]
    names = sorted(f"{name}.npy" for name, count in counts.items() if count)
    paths = [pack / "windows" / name for name in names]
    return [ClipWindows(_open(p), np.asarray(_open(p.with_suffix(".motion.npy")))) for p in paths]


def open_photos(pack: Path) -> list[Pixels]:
    """Photos, (H, W, 3) uint8 each, by file name; on disk until they are read.

    Raises:
        RecipeError: not a pack, or a damaged one.
    """
    return _open_pictures(pack, "photos")


def open_stills(pack: Path) -> list[Pixels]:
    """Frames of clips, as `open_photos`."""
    return _open_pictures(pack, "stills")


def _open_pictures(pack: Path, folder: str) -> list[Pixels]:
    _describe(pack)
    return [_open(path) for path in sorted((pack / folder).glob("*.npy"))]


class _Packing:
    """A pack in the making."""

    def __init__(self, footage: Footage, target: Path, config: PackConfig, report: Report) -> None:
        self._footage = footage
        self._target = target
        self._config = config
        self._meter = Meter(report, len(footage.clips) + len(footage.photos))
        self._windows: dict[str, int] = {}
        self._left_out: dict[str, dict[str, int]] = {}
        self._motions: list[float] = []

    def run(self) -> Prepared:
        for name in ("windows", "photos", "stills"):
            (self._target / name).mkdir()
        for name, clip in self._footage.clips.items():
            self._meter.end(self._pack_clip(name, clip))
        for name, photo in self._footage.photos.items():
            pixels = read_small_photo(photo, self._config.photo_height_px)
            np.save(self._target / "photos" / f"{name}.npy", pixels)
            self._meter.end(name)
        description = {
            "config": asdict(self._config),
            "windows": self._windows,
            "left_out": self._left_out,
        }
        (self._target / PACK_FILE).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
        return Prepared(kind="windows", motions=tuple(self._motions), left_out=dict(self._left_out))

    def _pack_clip(self, name: str, clip: Path) -> str:
        """Write a clip's windows and stills; returns what became of it."""
        config, frames = self._config, self._footage.frames[name]
        generator = np.random.default_rng([config.seed, *name.encode()])
        tick, next_tick = (self._meter.tick(frames, reading=i, readings=2) for i in range(2))
        scan = scan_clip(clip, config, generator, tick)
        chosen = choose_windows(scan.windows, config.windows_per_clip, generator)
        if chosen:
            path = self._target / "windows" / f"{name}.npy"
            cut_windows(clip, chosen, config, path, next_tick)
            motion = np.array([window.motion for window in chosen], dtype=np.float32)
            np.save(path.with_suffix(".motion.npy"), motion)
        for i, still in enumerate(scan.stills):
            np.save(self._target / "stills" / f"{name}-{i}.npy", still)
        self._motions += [window.motion for window in chosen]
        self._windows[name], self._left_out[name] = len(chosen), scan.left_out
        return describe_kept(name, len(chosen), len(scan.windows), "windows", scan.left_out)


def _describe(pack: Path) -> dict[str, Any]:
    """What `pack.json` says."""
    try:
        description = json.loads((pack / PACK_FILE).read_text("utf-8"))
        return {"config": dict(description["config"]), "windows": dict(description["windows"])}
    except FileNotFoundError as error:
        raise RecipeError(
            f"{pack}: not a pack of training data; `filmnet data prepare` makes one"
        ) from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RecipeError(f"{pack}: {PACK_FILE} is damaged; prepare the pack again") from error


def _open(path: Path) -> Any:
    """An array on disk."""
    try:
        return np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{path}: missing or damaged in the pack; prepare the pack again"
        ) from error
