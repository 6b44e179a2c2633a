"""The state of a run on disk: written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from filmnet.errors import OutputError, RecipeError

DAMAGE = (RuntimeError, EOFError, OSError, LookupError, AttributeError, TypeError, ValueError)
"""What PyTorch raises on files that are cut short or altered, besides the formats' own errors."""


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run needs to go on as if it had never stopped."""

    step: int
    """Steps that are done."""

    recipe: dict[str, Any]
    model: dict[str, torch.Tensor]
    average: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    seconds: float
    """Time spent so far."""

    vgg: dict[str, Any] | None = None
    """Which VGG-19 judges the pictures, if one does."""

    watch: dict[str, Any] | None = None
    """The losses of the last steps, as `LossWatch` keeps them."""


def save_checkpoint(
    folder: Path, checkpoint: Checkpoint, *, kept: int = 2, every_hours: float = 0.0
) -> Path:
    """Write `step-N.ckpt`, and remove old ones.

    Later ones, left over where a damaged checkpoint made a run go back, are removed too.

    Args:
        folder: where the run's checkpoints are.
        checkpoint: what to write.
        kept: how many of the newest stay, this one included.
        every_hours: of the older ones, one stays for each so many hours of training; 0 keeps none.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / f"step-{checkpoint.step:08d}.ckpt"
    partial = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            torch.save(vars(checkpoint), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:  # PyTorch reports a full disk as RuntimeError
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({error})") from error
    _prune(folder, path, kept, every_hours)
    return path


def load_newest_checkpoint(folder: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that can be read, or None if there is none.

    Args:
        folder: where `save_checkpoint` put them.
        warn: told of each damaged one that is passed over.

    Raises:
        RecipeError: there are some, but none can be read.
    """
    paths = _newest_first(folder)
    for path in paths:
        if checkpoint := _read(path):
            return checkpoint
        warn(f"{path}: damaged; going back to the checkpoint before it")
    if paths:
        raise RecipeError(
            f"{folder}: none of its checkpoints can be read; remove the folder to start afresh"
        )
    return None


def newest_step(folder: Path) -> int | None:
    """Steps that the newest checkpoint has done, by its name; None without one."""
    return next(map(_step, _newest_first(folder)), None)


def last_good_checkpoint(folder: Path, step: int) -> Path | None:
    """The newest checkpoint of at most `step` steps; of later ones the oldest; None without any."""
    paths = _newest_first(folder)
    return next((path for path in paths if _step(path) <= step), paths[-1] if paths else None)


def _prune(folder: Path, newest: Path, kept: int, every_hours: float) -> None:
    """Remove what is neither among the newest nor the one for its stretch of hours."""
    paths = [path for path in _newest_first(folder) if path < newest]
    for later in set(_newest_first(folder)) - {newest, *paths}:
        later.unlink()
    preserved = 0.0
    for path in reversed(paths[kept - 1 :]):
        seconds = _seconds(path) if every_hours else 0.0
        if every_hours and seconds - preserved >= 3600 * every_hours:
            preserved = seconds
        else:
            path.unlink()


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _seconds(path: Path) -> float:
    """How long a checkpoint's run had taken; 0 if the file is damaged."""
    try:
        values = torch.load(path, mmap=True, map_location="cpu", weights_only=True)
        return float(values["seconds"])
    except (UnpicklingError, *DAMAGE):
        return 0.0


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.ckpt"), reverse=True)


def _read(path: Path) -> Checkpoint | None:
    """A checkpoint, or None if the file is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:  # PyTorch writes checksums, but does not compare
            if archive.testzip() is not None:
                return None
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except (UnpicklingError, zipfile.BadZipFile, *DAMAGE):
        return None
