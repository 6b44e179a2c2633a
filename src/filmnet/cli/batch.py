"""`filmnet batch`: many jobs, on the cores and GPUs of one machine or of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.batch_display import BatchDisplay
from filmnet.cli.options import Device, Memory, Optimize, Precision, Quiet, Tile, Tta, Weights

if TYPE_CHECKING:
    from filmnet.cluster.run import BatchSummary

NOT_ALL_WELL = 3
"""Exit code where jobs have failed."""

_RAY = "Workers"

Jobs = Annotated[
    str,
    typer.Argument(
        metavar="JOBS",
        show_default=False,
        help="A folder, in which each sub-folder of photos and each video is a job; or a manifest, "
        ".csv or .jsonl. A path or a URL such as s3://bucket/night/.",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        show_default=False,
        help="Folder, by path or URL, of the outputs, JOB.mp4 each, and of results.jsonl.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="An option of `filmnet photos` or `filmnet video` for all jobs that have it, such as "
        "fps=60; a manifest may name others. Repeatable.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace existing outputs, and make again what was made with other options.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_RAY,
        show_default="Ray starts here and ends with the command",
        help="A running Ray cluster: auto, or ray://host:10001.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        rich_help_panel=_RAY,
        show_default="one per GPU, else what the cores allow",
        help="How many jobs, or parts of long videos, are made at a time.",
    ),
]
CoresPerWorker = Annotated[
    int | None,
    typer.Option(
        min=1,
        rich_help_panel=_RAY,
        show_default="4, or what is there",
        help="Cores of each worker.",
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        min=0,
        rich_help_panel=_RAY,
        help="How often what fails is tried again before it is set aside.",
    ),
]
Dashboard = Annotated[
    bool,
    typer.Option(
        "--dashboard/--no-dashboard",
        rich_help_panel=_RAY,
        help="Whether the Ray that starts here has its web page, on 127.0.0.1.",
    ),
]
Scratch = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        rich_help_panel=_RAY,
        show_default="the system's temporary files",
        help="Where, on each machine, workers keep what they work on.",
    ),
]


def batch(
    jobs: Jobs,
    output: Output,
    set_options: Set = None,
    overwrite: Overwrite = False,
    address: Address = None,
    workers: Workers = None,
    cores_per_worker: CoresPerWorker = None,
    retries: Retries = 2,
    dashboard: Dashboard = True,
    scratch: Scratch = None,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    tta: Tta = 1,
    quiet: Quiet = False,
) -> None:
    """Run many photo and video jobs; what is done already is skipped, so a killed batch goes on."""
    from filmnet.cluster.manifest import Manifest
    from filmnet.cluster.options import absolute_weights, parse_defaults
    from filmnet.cluster.run import BatchOptions, run_batch
    from filmnet.jobs.network import NetworkOptions

    pairs = dict(_pair(text) for text in set_options or [])
    defaults = parse_defaults(pairs, "--set") | ({"overwrite": True} if overwrite else {})
    options = BatchOptions(
        manifest=Manifest(source=jobs, output=output, defaults=defaults),
        address=address,
        workers=workers,
        cores_per_worker=cores_per_worker,
        retries=retries,
        dashboard=dashboard,
        scratch=scratch,
        network=NetworkOptions(
            weights=absolute_weights(weights),
            device=device,
            precision=precision,
            memory=memory,
            tile=tile,
            optimize=optimize,
            tta=tta,
        ),
    )
    with BatchDisplay(quiet=quiet) as display:
        summary = run_batch(options, display)
    display.conclude(_summary_line(output, summary))
    if not summary.is_well:
        raise typer.Exit(NOT_ALL_WELL)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise typer.BadParameter(f"--set {text}: write it as NAME=VALUE")
    return name.strip().replace("-", "_"), value


def _summary_line(output: str, summary: BatchSummary) -> str:
    parts = [f"{summary.done} jobs done"]
    if summary.skipped:
        parts.append(f"{summary.skipped} done before")
    parts.append(f"{summary.failed} failed")
    return (
        f"{', '.join(parts)}; {summary.frames} frames in {summary.seconds:.1f} s with "
        f"{summary.workers} workers, {summary.retries} retries; see {output}/results.jsonl"
    )
