"""`filmnet compare`: methods side by side on the same pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Quiet

if TYPE_CHECKING:
    from filmnet.evaluation.comparison import Comparison, Entry, SetComparison

EXTREMES = 3
"""Triplets that are named as the most gained and the most lost."""


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS...",
            show_default=False,
            help="Two or more results.json of `filmnet evaluate -o`; "
            "the first is what the others are compared with.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Write comparison.csv and comparison.html there."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an older comparison in DIR.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Show differences to the first file's method, and how sure they are."""
    if len(files) < 2:
        raise typer.BadParameter("one file has nothing to be compared with; give two or more")
    from filmnet.evaluation import comparison as comparing
    from filmnet.evaluation.reports import check_reports, write_reports

    if output is not None:
        check_reports(output, comparing.COMPARISON_FILES, overwrite=overwrite)
    comparison = comparing.compare_files(files)
    typer.echo("\n".join(_lines(comparison)))
    if output is not None:
        pages = {
            comparing.COMPARISON_CSV: comparing.comparison_to_csv(comparison),
            comparing.COMPARISON_HTML: comparing.render_comparison(comparison),
        }
        write_reports(output, pages, overwrite=overwrite)
        if not quiet:
            typer.echo(f"wrote {output / comparing.COMPARISON_HTML}, the CSV beside it", err=True)


def _lines(comparison: Comparison) -> Iterator[str]:
    from filmnet.cli.bar import align

    first = comparison.methods[0]
    head = [
        "set",
        "method",
        "measure",
        first,
        "this one",
        "difference",
        "95 % interval",
        "protocol",
    ]
    rows = [
        [compared.name, *_row(entry), comparison.protocol]
        for compared in comparison.sets
        for entry in compared.entries
    ]
    yield align([head, *rows])
    for compared in comparison.sets:
        for entry in compared.entries:
            if entry.column.name == "psnr":
                yield from _extremes(compared, entry)
    if comparison.left_out:
        yield f"left out, not taken alike everywhere: {', '.join(comparison.left_out)}"


def _row(entry: Entry) -> list[str]:
    from filmnet.evaluation.report import signed

    digits = entry.column.digits
    difference, interval = "-", "-"
    if entry.interval is not None:
        difference = signed(entry.interval.mean, digits)
        interval = f"{signed(entry.interval.low, digits)} to {signed(entry.interval.high, digits)}"
    values = [entry.column.show(entry.baseline), entry.column.show(entry.mean)]
    return [entry.method, entry.column.label, *values, difference, interval]


def _extremes(compared: SetComparison, entry: Entry) -> Iterator[str]:
    """The triplets in which the methods differ most, each way."""
    from filmnet.evaluation.report import signed

    pairs = zip(entry.differences, compared.triplets, strict=True)
    ordered = sorted(pair for pair in pairs if math.isfinite(pair[0]))
    ends = {
        "lost": [pair for pair in ordered if pair[0] < 0][:EXTREMES],
        "gained": [pair for pair in reversed(ordered) if pair[0] > 0][:EXTREMES],
    }
    for word, found in ends.items():
        if found:
            named = ", ".join(f"{triplet} {signed(value, 2)} dB" for value, triplet in found)
            yield f"{compared.name}: {entry.method} {word} most on {named}"
