"""`filmnet evaluate`: how close made frames come to true ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Device, Precision, Quiet, Weights

if TYPE_CHECKING:
    from filmnet.evaluation.triplets import TripletScore
    from filmnet.interpolation import Interpolator

evaluate = typer.Typer(pretty_exceptions_enable=False)


@evaluate.callback()
def _evaluate() -> None:
    """Measure weights on pictures whose true middle frame is known."""


@evaluate.command("triplets")
def triplets(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR",
            help="Sets: a folder per triplet in each, with three pictures, the middle one true.",
        ),
    ],
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    quiet: Quiet = False,
) -> None:
    """Print each set's mean PSNR of made frames, rounded to 8 bits, and of the plain average."""
    from filmnet.evaluation.triplets import find_triplets
    from filmnet.interpolation import load

    for folder in folders:
        find_triplets(folder)
    interpolator = load(weights, device=device, precision=precision)
    if not quiet:
        typer.echo(interpolator.describe(), err=True)
    width = max(len("set"), *(len(folder.resolve().name) for folder in folders))
    typer.echo(f"{'set':{width}}  triplets  PSNR (dB)  plain average (dB)")
    for folder in folders:
        score = _score(interpolator, folder, quiet=quiet)
        figures = f"{score.triplets:8}  {score.psnr:9.2f}  {score.average_psnr:18.2f}"
        typer.echo(f"{score.name:{width}}  {figures}")


def _score(interpolator: Interpolator, folder: Path, *, quiet: bool) -> TripletScore:
    """Evaluate one set, with a bar on stderr meanwhile."""
    from rich.console import Console
    from rich.progress import Progress

    from filmnet.evaluation.triplets import evaluate_triplets

    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task(folder.resolve().name, total=None)
        return evaluate_triplets(
            interpolator.midpoint,
            folder,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
