"""One run of an evaluation: find, check, load, measure, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filmnet.evaluation.exhibits import Exhibits
from filmnet.evaluation.kinds import Kind, Level, Protocol
from filmnet.evaluation.methods import Method, by_network, by_predictions, predictions_folder
from filmnet.evaluation.panel import Measure, choose_measures
from filmnet.evaluation.perceptual_networks import NetworkFiles, find_perceptual
from filmnet.evaluation.report import render_report
from filmnet.evaluation.reports import check_reports, write_reports
from filmnet.evaluation.results import Results, as_columns, describe_computing, to_csv, to_json
from filmnet.evaluation.scoring import SetScores, score_set
from filmnet.evaluation.sets import EvaluationSet, find_sets
from filmnet.interpolation import Interpolator, choose_device, load

RESULTS_JSON, RESULTS_CSV, REPORT_HTML = "results.json", "results.csv", "report.html"
REPORT_FILES = (RESULTS_JSON, RESULTS_CSV, REPORT_HTML)


@dataclass(frozen=True, kw_only=True)
class EvaluationRun:
    """What is to be measured, and how."""

    kind: Kind
    paths: Sequence[Path]
    protocol: Protocol = Protocol.community

    weights: str | Path | None = None
    """A registered name, a file or folder; None for the package's own."""

    predictions: Path | None = None
    """A folder of pictures to be measured instead of what the weights make."""

    levels: Sequence[Level] = tuple(Level)
    """Which of SNU-FILM's."""

    frames: int | None = None
    """At most that many of each clip."""

    networks: NetworkFiles = field(default_factory=NetworkFiles)
    """Where the perceptual measures' weights are."""

    device: str = "auto"
    precision: str = "auto"
    memory: str | int | None = None
    tile: int | None = None
    optimize: str = "auto"
    tta: int = 1

    output: Path | None = None
    """A folder for the reports; None for none."""

    overwrite: bool = False
    """Whether older reports in it may be replaced."""


def evaluate(
    run: EvaluationRun,
    say: Callable[[str], None] = lambda _: None,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> Results:
    """Measure one method on one or more sets.

    Args:
        run: what and how.
        say: told what is used, what is left out, and what a reader should know.
        report: told of which set how many triplets are done, of how many.

    Returns:
        The figures; with `run.output`, the reports are there as well.

    Raises:
        InputError: sets, predictions or pictures cannot be used.
        OutputError: the reports cannot be written.
        WeightsError, DeviceError: weights or device cannot be used.
    """
    if run.output is not None:
        check_reports(run.output, REPORT_FILES, overwrite=run.overwrite)
    sets = find_sets(run.kind, run.paths, run.protocol, levels=run.levels, frames=run.frames)
    methods, facts, computed = _choose_method(run, sets, say)
    device = choose_device(run.device)
    perceptual, left_out = find_perceptual(run.networks, device)
    measures = choose_measures(run.protocol, perceptual, sequences=sets[0].is_sequence)
    for line in (*(s.remark for s in sets), *(f"{k} left out: {v}" for k, v in left_out.items())):
        if line:
            say(line)
    exhibits = [Exhibits() if run.output else None for _ in sets]
    scores = [
        _score(run, evaluated, method, measures, exhibit, report)
        for evaluated, method, exhibit in zip(sets, methods, exhibits, strict=True)
    ]
    results = Results(
        protocol=run.protocol.value,
        method=facts,
        computed=computed,
        columns=as_columns(measures),
        left_out=left_out,
        sets=tuple(scores),
    )
    if run.output is not None:
        _write(run.output, results, [e for e in exhibits if e], overwrite=run.overwrite)
    return results


def _score(
    run: EvaluationRun,
    evaluated: EvaluationSet,
    method: Method,
    measures: Sequence[Measure],
    exhibits: Exhibits | None,
    report: Callable[[str, int, int], None],
) -> SetScores:
    return score_set(
        evaluated,
        method,
        measures,
        run.protocol,
        device=choose_device(run.device),
        watcher=exhibits,
        report=lambda done, total: report(evaluated.name, done, total),
    )


def _choose_method(
    run: EvaluationRun, sets: Sequence[EvaluationSet], say: Callable[[str], None]
) -> tuple[list[Method], dict[str, Any], dict[str, Any]]:
    """For each set what makes its frames; what files say of it, and of how it was computed."""
    if run.predictions is not None:
        methods = [by_predictions(predictions_folder(run.predictions, s, sets), s) for s in sets]
        facts = {"name": run.predictions.resolve().name, "predictions": str(run.predictions)}
        say(f"pictures in {run.predictions}, protocol {run.protocol.value}")
        return methods, facts, describe_computing(choose_device(run.device), None)
    interpolator = load(
        run.weights,
        device=run.device,
        precision=run.precision,
        memory=run.memory,
        tile=run.tile,
        optimize=run.optimize,
        tta=run.tta,
    )
    say(f"{interpolator.describe()}, protocol {run.protocol.value}")
    methods = [by_network(interpolator, run.protocol) for _ in sets]
    return methods, _describe_weights(interpolator, run.protocol), _describe_engine(interpolator)


def _describe_weights(interpolator: Interpolator, protocol: Protocol) -> dict[str, Any]:
    info = interpolator.info
    copies = interpolator.engine.copies
    padding = f"multiples of {info.padding.multiple} px, {info.padding.mode}"
    return {
        "name": info.name,
        "weights": info.source,
        "sha256": info.sha256,
        "licence": info.licence,
        "padding": "none" if protocol is Protocol.film else padding,
        **({"mirrored copies": copies} if copies > 1 else {}),
    }


def _describe_engine(interpolator: Interpolator) -> dict[str, Any]:
    return describe_computing(interpolator.engine.device, interpolator.engine.precision)


def _write(
    folder: Path, results: Results, exhibits: Sequence[Exhibits], *, overwrite: bool
) -> None:
    files = {
        RESULTS_JSON: to_json(results),
        RESULTS_CSV: to_csv(results),
        REPORT_HTML: render_report(results, exhibits),
    }
    write_reports(folder, files, overwrite=overwrite)
