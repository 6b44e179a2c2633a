"""`filmnet evaluate`: how close made frames come to true ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import (
    Device,
    Memory,
    Optimize,
    Precision,
    Quiet,
    Tile,
    Tta,
    Weights,
)
from filmnet.evaluation.kinds import Kind, Level, Protocol

if TYPE_CHECKING:
    from filmnet.evaluation.results import Results

_MEASURES, _SETS = "Measures", "Sets"

SetKind = Annotated[
    Kind,
    typer.Argument(metavar="SET", show_default=False, help="What PATH holds."),
]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        show_default=False,
        help="The set's folder, as distributed or with a folder per triplet. For triplets one or "
        "more such folders, for sequence one or more videos or folders of frames.",
    ),
]
ProtocolChoice = Annotated[
    Protocol,
    typer.Option(
        rich_help_panel=_MEASURES,
        help="film: unpadded, not rounded, as published. community: rounded, as most papers.",
    ),
]
Predictions = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        rich_help_panel=_SETS,
        help="Measure these pictures instead of what the weights make: DIR/TRIPLET.png, "
        "with several sets DIR/SET/TRIPLET.png.",
    ),
]
Levels = Annotated[
    list[Level] | None,
    typer.Option(
        "--level",
        rich_help_panel=_SETS,
        show_default="all four",
        help="Of snufilm, only this level; may be repeated.",
    ),
]
Frames = Annotated[
    int | None,
    typer.Option(
        min=3,
        rich_help_panel=_SETS,
        show_default="100 of Xiph's clips, all of others",
        help="Of each clip, only the first frames.",
    ),
]
VggFile = Annotated[
    Path | None,
    typer.Option(
        "--vgg",
        metavar="FILE",
        rich_help_panel=_MEASURES,
        show_default="the imported one, if there is one",
        help="A VGG-19 for the VGG distance.",
    ),
]
MetricsFolder = Annotated[
    Path | None,
    typer.Option(
        "--metrics",
        metavar="DIR",
        rich_help_panel=_MEASURES,
        show_default="the usual places",
        help="A folder with the weights of LPIPS and DISTS.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="DIR",
        help="Write results.json, results.csv and report.html there.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace older reports in DIR.")]


def evaluate(
    kind: SetKind,
    paths: Paths,
    protocol: ProtocolChoice = Protocol.community,
    output: Output = None,
    predictions: Predictions = None,
    level: Levels = None,
    frames: Frames = None,
    vgg: VggFile = None,
    metrics: MetricsFolder = None,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    tta: Tta = 1,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Measure weights, or anyone's pictures, where the true middle frame is known."""
    _check_options(kind, paths, level, frames)
    from filmnet.cli.bar import Bar
    from filmnet.evaluation.perceptual_networks import NetworkFiles
    from filmnet.evaluation.run import EvaluationRun
    from filmnet.evaluation.run import evaluate as run_evaluation

    run = EvaluationRun(
        kind=kind,
        paths=paths,
        protocol=protocol,
        weights=weights,
        predictions=predictions,
        levels=tuple(level or Level),
        frames=frames,
        networks=NetworkFiles(vgg=vgg, folder=metrics),
        device=device,
        precision=precision,
        memory=memory,
        tile=tile,
        optimize=optimize,
        tta=tta,
        output=output,
        overwrite=overwrite,
    )
    with Bar(quiet=quiet) as bar:
        results = run_evaluation(run, bar.say, bar.advance)
    typer.echo(_table(results))
    if output is not None:
        bar.say(f"wrote {output / 'report.html'}, results.json and results.csv beside it")


def _check_options(
    kind: Kind, paths: list[Path], level: list[Level] | None, frames: int | None
) -> None:
    """Options that say nothing about this set."""
    if len(paths) > 1 and kind not in (Kind.triplets, Kind.sequence):
        raise typer.BadParameter(f"{kind.value} is one folder, not {len(paths)} paths")
    if level and kind is not Kind.snufilm:
        raise typer.BadParameter(f"--level belongs to snufilm, not to {kind.value}")
    if frames is not None and kind not in (Kind.sequence, Kind.xiph2k, Kind.xiph4k):
        raise typer.BadParameter(f"--frames belongs to sequence and Xiph, not to {kind.value}")


def _table(results: Results) -> str:
    """A line per set."""
    from filmnet.cli.bar import align

    columns = results.columns
    head = ["set", "triplets", *(c.label for c in columns), "plain average (dB)", "protocol"]
    rows = [
        [
            scores.name,
            str(len(scores.values)),
            *(column.show(scores.mean(column.name)) for column in columns),
            f"{scores.average_psnr:.2f}",
            results.protocol,
        ]
        for scores in results.sets
    ]
    return align([head, *rows])
