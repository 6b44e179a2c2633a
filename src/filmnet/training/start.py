"""How a run begins: where it reads and writes, and what it starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from filmnet.errors import RecipeError
from filmnet.model import Film
from filmnet.training.checkpoint import Checkpoint, load_newest_checkpoint
from filmnet.training.data import TripletDataset
from filmnet.training.processes import Processes, is_first_process
from filmnet.training.progress import warn
from filmnet.training.recipe import Recipe
from filmnet.weights import LoadedVgg, load_weights


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Where a run reads, writes and computes."""

    data: Path
    """A data set, a pack, or raw material."""

    folder: Path
    """The run's own folder: checkpoints, metrics.csv, summaries, weights.safetensors."""

    triplets: tuple[Path, ...] = ()
    """Folders of triplets on which the run is measured now and then."""

    start: str | Path | None = None
    """Registered name or file of weights to start from instead of random ones."""

    vgg: Path | None = None
    """File of VGG-19 for the losses that need it; the imported one if not given."""

    resume: bool = False
    """Go on from the folder's newest checkpoint, if there is one."""

    workers: int = 1
    """Processes that make samples beside each network; with 0 it waits for each batch."""

    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:N` or `mps`."""

    processes: Processes = field(default_factory=Processes)
    """How many compute; under torchrun those that it started."""

    compile: bool = False
    """Let `torch.compile` fuse the network's layers first."""

    quiet: bool = False
    """No progress on the terminal."""


def checkpoint_to_resume(
    recipe: Recipe, run: TrainingRun, vgg: LoadedVgg | None
) -> Checkpoint | None:
    """The newest checkpoint if there is one.

    Raises:
        RecipeError: the run was not told to resume, or with another network or judge.
    """
    checkpoint = load_newest_checkpoint(
        run.folder / "checkpoints", warn if is_first_process() else lambda _: None
    )
    if checkpoint is None:
        return None
    if not run.resume:
        raise RecipeError(
            f"{run.folder}: holds a run of {checkpoint.step} steps; "
            f"continue it with --resume or name another folder"
        )
    if checkpoint.recipe["model"] != recipe.to_dict()["model"]:
        raise RecipeError(
            f"{run.folder}: its checkpoint has another [model] than the recipe; name another folder"
        )
    if checkpoint.vgg and vgg and checkpoint.vgg["sha256"] != vgg.info.sha256:
        raise RecipeError(
            f"{run.folder}: its checkpoint was trained with another VGG-19 "
            f"(sha256 {checkpoint.vgg['sha256'][:12]}); give that one with --vgg"
        )
    return checkpoint


def vgg_facts(vgg: LoadedVgg | None) -> dict[str, Any] | None:
    """Which VGG-19 it is, as checkpoints and weights record it."""
    if vgg is None:
        return None
    info = vgg.info
    return {
        "sha256": info.sha256,
        "format": info.format,
        "input_rule": info.input_rule,
        "taps": list(info.taps),
    }


def open_datasets(recipe: Recipe, data: Path) -> list[TripletDataset]:
    """The samples of every stage, so that what is missing shows before the first step."""
    return [
        TripletDataset(data, stage, recipe.scenes, recipe.augmentation, recipe.seed + 1000 * number)
        for number, stage in enumerate(recipe.stages)
    ]


def initial_model(recipe: Recipe, start: str | Path | None) -> Film:
    """A network with seeded random weights, or with the weights to start from."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = Film(recipe.model)
    if start is not None:
        loaded = load_weights(start)
        if loaded.info.config != recipe.model:
            raise RecipeError(
                f"{start}: weights of another architecture than the recipe's [model]; "
                f"`filmnet weights info` shows theirs"
            )
        model.load_state_dict(loaded.state_dict)
    elif recipe.model.output == "blend":
        # The blend starts even. The correction's kernel must not start at zero: fusion would
        # then get no gradient through it, and its corrections stay at nothing.
        nn.init.zeros_(model.fusion.head.weight[3:])
    return model.use_channels_last()
