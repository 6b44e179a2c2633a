"""`filmnet sweep`: train a recipe with several values of its keys, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from filmnet.cli.options import Device, Quiet
from filmnet.cli.training_options import Compile, Data, Start, Triplets, Vgg, Workers

Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUES",
        help="A key and its values, as losses.style=10,20,40 or stages.1.crop_px=128,256; "
        "with several keys, every combination is run.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        help="What the table is sorted by: a set of triplets, by its folder's name, or a "
        "figure of metrics.csv; if not given, the first set, or else the loss."
    ),
]


def sweep(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="The recipe whose keys are varied.")
    ],
    settings: Settings,
    data: Data,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The sweep's folder: a folder per run, results.csv."),
    ],
    metric: Metric = None,
    triplets: Triplets = None,
    start: Start = None,
    vgg: Vgg = None,
    device: Device = "auto",
    workers: Workers = 1,
    compile_network: Compile = False,
    quiet: Quiet = False,
) -> None:
    """Train every combination of values and print a table, best first.

    The same command again goes on where it was stopped.
    """
    from filmnet.cli.data import PreparationBar
    from filmnet.cli.train import run_training
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
        results = run_sweep(runs, common, metric, train=run_training, say=say)
    except KeyboardInterrupt:
        typer.echo(f"Stopped; the same command goes on with the sweep in {output}.", err=True)
        raise
    typer.echo(result_table(results, metric))


def _say(line: str) -> None:
    typer.echo(line, err=True)
