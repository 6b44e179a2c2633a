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

KEPT = 2
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


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write `step-N.ckpt`; of the others, keep only the newest before it.

    Later ones, left over where a damaged checkpoint made a run go back, are removed too.

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
    earlier = [old for old in _newest_first(folder) if old < path]
    for old in _newest_first(folder):
        if old != path and old not in earlier[: KEPT - 1]:
            old.unlink()
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
    return next((int(path.stem.removeprefix("step-")) for path in _newest_first(folder)), None)


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
