"""`filmnet train`: from a recipe and training material to weights."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Device, Quiet
from filmnet.cli.training_options import Compile, Data, Start, Triplets, Vgg, Workers
from filmnet.errors import RecipeError

if TYPE_CHECKING:
    from filmnet.training.recipe import Recipe
    from filmnet.training.start import TrainingRun


class Precision(str, Enum):
    """Numbers that a network can be trained in."""

    float32 = "float32"
    bfloat16 = "bfloat16"


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The recipe.")],
    data: Data,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The run's folder: checkpoints, figures, weights."),
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the folder's newest checkpoint.")
    ] = False,
    triplets: Triplets = None,
    start: Start = None,
    vgg: Vgg = None,
    device: Device = "auto",
    precision: Annotated[
        Precision | None,
        typer.Option(help="Compute in this one instead of the recipe's; weights stay float32."),
    ] = None,
    workers: Workers = 1,
    devices: Annotated[
        int, typer.Option(min=1, help="Processes that share each batch: a GPU or some cores each.")
    ] = 1,
    nodes: Annotated[
        int, typer.Option(min=1, help="Machines, each with --devices; torchrun tells by itself.")
    ] = 1,
    compile_network: Compile = False,
    quiet: Quiet = False,
) -> None:
    """Train weights from a recipe; raw clips and photos are first prepared into RUN/pack."""
    from filmnet.training.processes import Processes, is_first_process
    from filmnet.training.recipe_file import read_recipe
    from filmnet.training.start import TrainingRun

    recipe = _in_precision(read_recipe(config), precision)
    run = TrainingRun(
        data=data,
        folder=output,
        triplets=tuple(triplets or ()),
        start=start,
        vgg=vgg,
        resume=resume,
        workers=workers,
        device=device,
        processes=Processes(devices=devices, nodes=nodes),
        compile=compile_network,
        quiet=quiet,
    )
    try:
        weights = run_training(recipe, run)
    except KeyboardInterrupt:
        if is_first_process():
            typer.echo(_how_to_resume(output), err=True)
        raise
    if is_first_process():
        typer.echo(weights)


def run_training(recipe: Recipe, run: TrainingRun) -> Path:
    """Cut the material with a bar of its own, then train; returns the weights' file."""
    from filmnet.cli.data import PreparationBar
    from filmnet.training.loop import Trainer
    from filmnet.training.processes import is_lost_connection

    try:
        with PreparationBar("preparing", quiet=run.quiet) as bar:
            trainer = Trainer(recipe, run, bar.report)
        trainer.fit()
        return trainer.deliver()
    except RuntimeError as error:
        if not is_lost_connection(error):
            raise
        raise RecipeError(
            f"{run.folder}: another process of this run has ended, and says why; "
            f"the same command with --resume goes on"
        ) from error


def _in_precision(recipe: Recipe, precision: Precision | None) -> Recipe:
    """The recipe, computed in the precision that was asked for, if one was."""
    if precision is None:
        return recipe
    return replace(recipe, precision="32-true" if precision is Precision.float32 else "bf16-mixed")


def _how_to_resume(run: Path) -> str:
    """What a person who pressed Ctrl-C wants to know."""
    from filmnet.training.checkpoint import newest_step

    step = newest_step(run / "checkpoints")
    if step is None:
        return f"Stopped before the first checkpoint; the same command starts {run} afresh."
    return f"Stopped; {run} keeps step {step}: the same command with --resume goes on from there."
