"""`filmnet train`: from a recipe and training material to weights."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from filmnet.training.recipe import Recipe


class Precision(str, Enum):
    """Numbers that a network can be trained in."""

    float32 = "float32"
    bfloat16 = "bfloat16"


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The recipe.")],
    data: Annotated[
        Path,
        typer.Option(help="A folder with clips/ or photos/ in it, or a pack made from one."),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The run's folder: checkpoints, figures, weights."),
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the folder's newest checkpoint.")
    ] = False,
    triplets: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of triplets to measure on now and then; may be repeated."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Weights to start from: a registered name or a file.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    precision: Annotated[
        Precision | None,
        typer.Option(help="Compute in this one instead of the recipe's; weights stay float32."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that prepare samples beside the network.")
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Train weights from a recipe; raw clips and photos are first prepared into RUN/pack."""
    from filmnet.cli.data import PackBar
    from filmnet.training.loop import TrainingRun
    from filmnet.training.loop import train as run_training
    from filmnet.training.pack import pack_for_run
    from filmnet.training.recipe import read_recipe

    recipe = _in_precision(read_recipe(config), precision)
    try:
        with PackBar(quiet=quiet) as bar:
            pack = pack_for_run(data, output, recipe.pack, bar.report)
        run = TrainingRun(
            pack=pack,
            folder=output,
            triplets=tuple(triplets or ()),
            start=start,
            resume=resume,
            workers=workers,
            device=device,
            quiet=quiet,
        )
        typer.echo(run_training(recipe, run))
    except KeyboardInterrupt:
        typer.echo(_how_to_resume(output), err=True)
        raise


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
