"""Two or more methods on the same pictures: differences per triplet, and how sure their mean is."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filmnet.errors import InputError
from filmnet.evaluation.confidence import Interval, paired_interval
from filmnet.evaluation.plot import Dot, Plot, place
from filmnet.evaluation.report import perceptual_column, render
from filmnet.evaluation.results import Column, Results, read_results
from filmnet.evaluation.scoring import SetScores

COMPARISON_CSV, COMPARISON_HTML = "comparison.csv", "comparison.html"
COMPARISON_FILES = (COMPARISON_CSV, COMPARISON_HTML)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One measure of one method on one set, beside the first method's."""

    method: str
    column: Column
    baseline: float
    """The first method's mean."""

    mean: float

    differences: tuple[float, ...]
    """Per triplet, this method's value minus the first one's; NaN where both are infinite."""

    interval: Interval | None
    """Of the differences' mean; None where no difference is finite."""

    @property
    def is_better(self) -> bool | None:
        """Whether this method is better than the first one, as far as the interval says."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return None
        if self.column.aim == "one":
            return abs(self.mean - 1) < abs(self.baseline - 1)
        return (self.interval.mean > 0) == (self.column.aim == "high")


@dataclass(frozen=True, kw_only=True)
class SetComparison:
    """One set: every method beside the first."""

    name: str
    triplets: tuple[str, ...]
    entries: tuple[Entry, ...]
    plot: Plot | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Methods side by side."""

    protocol: str
    methods: tuple[str, ...]
    sets: tuple[SetComparison, ...]
    left_out: tuple[str, ...]
    """Measures that were not taken alike everywhere."""


def compare_files(paths: Sequence[Path]) -> Comparison:
    """Put results side by side; the first file is what the others are compared with.

    Raises:
        InputError: a file cannot be read, or they were measured by different protocols or on
            different sets.
    """
    results = [read_results(path) for path in paths]
    for path, other in zip(paths[1:], results[1:], strict=True):
        _check_alike(paths[0], results[0], path, other)
    names = _distinct([str(result.method["name"]) for result in results])
    columns = [c for c in results[0].columns if all(_has(result, c) for result in results)]
    everywhere = {column.name for column in columns}
    every = {column.name: column.label for result in results for column in result.columns}
    return Comparison(
        protocol=results[0].protocol,
        methods=tuple(names),
        sets=tuple(
            _compare_set([result.sets[k] for result in results], names, columns)
            for k in range(len(results[0].sets))
        ),
        left_out=tuple(label for name, label in every.items() if name not in everywhere),
    )


def render_comparison(comparison: Comparison) -> str:
    """The comparison's page."""
    return render("comparison.html", comparison=comparison)


def comparison_to_csv(comparison: Comparison) -> str:
    """A row per set, triplet and method with the difference of each measure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for k, compared in enumerate(comparison.sets):
        columns = [entry.column.name for entry in _of_one(compared)]
        if not k:
            writer.writerow(["set", "triplet", "protocol", "method", "minus", *columns])
        for method in comparison.methods[1:]:
            entries = [entry for entry in compared.entries if entry.method == method]
            for i, triplet in enumerate(compared.triplets):
                differences = [entry.differences[i] for entry in entries]
                words = [compared.name, triplet, comparison.protocol, method]
                writer.writerow([*words, comparison.methods[0], *differences])
    return text.getvalue()


def _of_one(compared: SetComparison) -> Iterator[Entry]:
    """The entries of one method: each measure once."""
    return (entry for entry in compared.entries if entry.method == compared.entries[0].method)


def _compare_set(
    scores: Sequence[SetScores], names: Sequence[str], columns: Sequence[Column]
) -> SetComparison:
    entries = tuple(
        _entry(column, name, scores[0], other)
        for name, other in zip(names[1:], scores[1:], strict=True)
        for column in columns
    )
    return SetComparison(
        name=scores[0].name,
        triplets=tuple(value.name for value in scores[0].values),
        entries=entries,
        plot=_plot(scores, names, columns),
    )


def _entry(column: Column, method: str, first: SetScores, other: SetScores) -> Entry:
    pairs = zip(first.values, other.values, strict=True)
    differences = [b.measured[column.name] - a.measured[column.name] for a, b in pairs]
    finite = [difference for difference in differences if math.isfinite(difference)]
    return Entry(
        method=method,
        column=column,
        baseline=first.mean(column.name),
        mean=other.mean(column.name),
        differences=tuple(differences),
        interval=paired_interval(finite) if finite else None,
    )


def _plot(
    scores: Sequence[SetScores], names: Sequence[str], columns: Sequence[Column]
) -> Plot | None:
    """Each method's mean PSNR against its mean perceptual distance."""
    perceptual = perceptual_column(columns)
    if perceptual is None:
        return None
    dots = [
        Dot(
            x=of_method.mean("psnr"),
            y=of_method.mean(perceptual.name),
            name=name,
            group=k,
            is_mean=True,
        )
        for k, (name, of_method) in enumerate(zip(names, scores, strict=True))
    ]
    return place(dots, "PSNR (dB)", perceptual.label)


def _has(results: Results, column: Column) -> bool:
    """Whether the same measure, taken with the same weights, is in `results`."""
    return any(
        (other.name, other.definition, other.networks)
        == (column.name, column.definition, column.networks)
        for other in results.columns
    )


def _check_alike(path0: Path, results0: Results, path1: Path, results1: Results) -> None:
    if results0.protocol != results1.protocol:
        raise InputError(
            f"{path0} was measured by protocol {results0.protocol}, {path1} by "
            f"{results1.protocol}; their figures are not comparable, evaluate one of them again"
        )
    sets0, sets1 = ([scores.name for scores in r.sets] for r in (results0, results1))
    if sets0 != sets1:
        raise InputError(
            f"{path0} was measured on {', '.join(sets0)}, {path1} on {', '.join(sets1)}; "
            f"compare results on the same sets in the same order"
        )
    for scores0, scores1 in zip(results0.sets, results1.sets, strict=True):
        if scores0.sha256 != scores1.sha256:
            raise InputError(
                f"{path0} and {path1} were measured on different pictures, both called "
                f"{scores0.name} ({len(scores0.values)} and {len(scores1.values)} triplets); "
                f"evaluate one of them again on the other's"
            )


def _distinct(names: Sequence[str]) -> list[str]:
    """Names with a number behind those that several have."""
    return [
        f"{name} ({names[:k].count(name) + 1})" if names.count(name) > 1 else name
        for k, name in enumerate(names)
    ]
