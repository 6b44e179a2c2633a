"""`filmnet sweep`: train a recipe with several values of its keys, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Quiet

if TYPE_CHECKING:
    from filmnet.training.recipe import Recipe
    from filmnet.training.start import TrainingRun


def sweep(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="The recipe whose keys are varied.")
    ],
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="KEY=VALUES",
            help="A key and its values, as losses.style=10,20,40 or stages.1.crop_px=128,256; "
            "with several keys, every combination is run.",
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(help="Training data in any layout that `filmnet data check` knows."),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The sweep's folder: a folder per run, results.csv."),
    ],
    metric: Annotated[
        str | None,
        typer.Option(
            help="What the table is sorted by: a set of triplets, by its folder's name, or a "
            "figure of metrics.csv; if not given, the first set, or else the loss."
        ),
    ] = None,
    triplets: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of triplets to measure the runs on; may be repeated."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Weights that all runs start from: a name or a file.")
    ] = None,
    vgg: Annotated[
        Path | None,
        typer.Option(help="VGG-19 for the VGG and style losses; else the imported one."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that prepare samples beside the network.")
    ] = 1,
    compile_network: Annotated[
        bool, typer.Option("--compile", help="Let torch.compile fuse layers: for long GPU runs.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train every combination of values and print a table, best first.

    The same command again goes on where it was stopped.
    """
    from filmnet.cli.data import PreparationBar
    from filmnet.training.settings import parse_setting
    from filmnet.training.start import TrainingRun
    from filmnet.training.sweep import plan_sweep, prepare_sweep, run_sweep
    from filmnet.training.sweep_results import check_metric, result_table

    runs = plan_sweep(config, [parse_setting(text) for text in settings])
    common = TrainingRun(
        data=data,
        folder=output,
        triplets=tuple(triplets or ()),
        start=start,
        vgg=vgg,
        workers=workers,
        device=device,
        compile=compile_network,
        quiet=quiet,
    )
    metric = check_metric(metric, common.triplets)
    try:
        with PreparationBar("preparing", quiet=quiet) as bar:
            common = prepare_sweep(runs, common, bar.report)
        say = (lambda _: None) if quiet else _say
        results = run_sweep(runs, common, metric, train=_train, say=say)
    except KeyboardInterrupt:
        typer.echo(f"Stopped; the same command goes on with the sweep in {output}.", err=True)
        raise
    typer.echo(result_table(results, metric))


def _train(recipe: Recipe, run: TrainingRun) -> None:
    """One run, with a bar while material is cut for it, and then the training's own."""
    from filmnet.cli.data import PreparationBar
    from filmnet.training.loop import Trainer

    with PreparationBar("preparing", quiet=run.quiet) as bar:
        trainer = Trainer(recipe, run, bar.report)
    trainer.fit()
    trainer.deliver()


def _say(line: str) -> None:
    typer.echo(line, err=True)
