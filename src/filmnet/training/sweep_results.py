"""What the runs of a sweep have come to: read from their metrics.csv, sorted, as table and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filmnet.errors import OutputError, RecipeError
from filmnet.training.report import METRICS_FILE

RESULTS_FILE = "results.csv"
LOSSES = ("loss", "l1", "vgg", "style", "flow", "warped")
"""Figures of metrics.csv of which less is better."""

SPEED = "steps_per_second"


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """A run of a sweep, finished or not."""

    name: str

    steps: int
    """To which its figures belong; 0 before the first."""

    of_steps: int
    """How many it was to make."""

    metrics: dict[str, float] = field(default_factory=dict)
    """The last value of each of its figures."""

    error: str = ""
    """Why it could not go on, if so."""

    @property
    def state(self) -> str:
        if self.error:
            return "failed"
        if self.steps == self.of_steps:
            return "done"
        return f"at step {self.steps}" if self.steps else "not begun"


def check_metric(metric: str | None, triplets: Sequence[Path]) -> str:
    """The figure by which results are sorted.

    Raises:
        RecipeError: it is not one that runs have.
    """
    sets = [folder.resolve().name for folder in triplets]
    if metric is None:
        return sets[0] if sets else "loss"
    known = [*sets, *LOSSES, SPEED]
    if metric not in known:
        raise RecipeError(
            f"--metric {metric}: the runs will not have it; known are {', '.join(known)} "
            "(sets of triplets go by their folder's name)"
        )
    return metric


def read_metrics(run: Path) -> tuple[int, dict[str, float]]:
    """The last step of a run's metrics.csv, and the last value of each figure."""
    step, metrics = 0, {}
    path = run / METRICS_FILE
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                step = int(row["step"])
                metrics[row["name"]] = float(row["value"])
    return step, metrics


def write_results(folder: Path, results: Iterable[SweepResult], metric: str) -> list[SweepResult]:
    """Write results.csv, best first, and give the results in that order.

    Raises:
        OutputError: it cannot be written.
    """
    ranked = _ranked(results, metric)
    names = sorted({name for result in ranked for name in result.metrics} - {metric})
    path = folder / RESULTS_FILE
    part = path.with_suffix(".part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["run", metric, "state", "steps", *names, "error"])
            for result in ranked:
                figures = [result.metrics.get(name, "") for name in (metric, *names)]
                told = [result.state, result.steps, *figures[1:], result.error]
                writer.writerow([result.name, figures[0], *told])
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    return ranked


def result_table(results: Sequence[SweepResult], metric: str) -> str:
    """The results as lines of a terminal: run, metric, loss, state, and why some failed."""
    columns = list(dict.fromkeys([metric, "loss"]))
    rows = [["run", *columns, "state"]]
    for result in results:
        values = [result.metrics.get(name) for name in columns]
        figures = ["–" if value is None else f"{value:.5g}" for value in values]
        rows.append([result.name, *figures, result.state])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]
    notes = [f"{result.name}: {result.error}" for result in results if result.error]
    return "\n".join([*(line.rstrip() for line in lines), *notes])


def _ranked(results: Iterable[SweepResult], metric: str) -> list[SweepResult]:
    """Best first; runs without the figure after them, and those that failed last."""
    sign = 1 if metric in LOSSES else -1

    def rank(result: SweepResult) -> tuple[bool, bool, float]:
        value = result.metrics.get(metric)
        return bool(result.error), value is None, sign * (value or 0.0)

    return sorted(results, key=rank)
