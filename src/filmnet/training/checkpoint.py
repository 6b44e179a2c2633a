"""The state of a run on disk: written whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from filmnet.errors import RecipeError

KEPT = 2


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
    """Write `step-N.ckpt`, and remove all but the newest two."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{checkpoint.step:08d}.ckpt"
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        torch.save(vars(checkpoint), file)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    for old in sorted(folder.glob("step-*.ckpt"))[:-KEPT]:
        old.unlink()
    return path


def load_newest_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that can be read, or None if there is none.

    Raises:
        RecipeError: there are some, but none can be read.
    """
    paths = sorted(folder.glob("step-*.ckpt"), reverse=True)
    for path in paths:
        if checkpoint := _read(path):
            return checkpoint
    if paths:
        raise RecipeError(f"{folder}: no checkpoint can be read; remove the folder to start afresh")
    return None


def _read(path: Path) -> Checkpoint | None:
    """A checkpoint, or None if the file is damaged."""
    try:
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, EOFError, OSError, TypeError, ValueError, UnpicklingError):
        return None
