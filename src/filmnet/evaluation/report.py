"""report.html: one file with everything in it, for a browser on any machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from filmnet.evaluation.crops import QUESTIONS
from filmnet.evaluation.exhibits import PANELS, Exhibits
from filmnet.evaluation.kinds import Protocol
from filmnet.evaluation.plot import Dot, Plot, place
from filmnet.evaluation.results import Column, Results
from filmnet.evaluation.scoring import SetScores, TripletValues

PERCEPTUAL = ("lpips", "vgg", "dists")
"""Measures against which PSNR is plotted: the first that was taken."""


@dataclass(frozen=True, kw_only=True)
class SetView:
    """One set, as the template shows it."""

    scores: SetScores
    exhibits: Exhibits

    ordered: tuple[TripletValues, ...]
    """Worst first."""

    plot: Plot | None
    """Perception against distortion; None where no perceptual measure was taken."""


def render_report(results: Results, exhibits: Sequence[Exhibits]) -> str:
    """A run's page.

    Args:
        results: its figures.
        exhibits: of each of its sets.
    """
    perceptual = perceptual_column(results.columns)
    views = [
        SetView(
            scores=scores,
            exhibits=shown,
            ordered=tuple(sorted(scores.values, key=lambda value: value.measured["psnr"])),
            plot=_plot(results, scores, perceptual),
        )
        for scores, shown in zip(results.sets, exhibits, strict=True)
    ]
    return render(
        "report.html",
        results=results,
        protocol=Protocol(results.protocol),
        views=views,
        panels=PANELS,
        questions=QUESTIONS,
        perceptual=perceptual,
    )


def render(template: str, **values: Any) -> str:
    """A page from one of the package's templates; what is put in is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("filmnet.evaluation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": _figure, "signed": signed}
    return environment.get_template(template).render(**values)


def perceptual_column(columns: Sequence[Column]) -> Column | None:
    """The perceptual measure that plots show."""
    by_name = {column.name: column for column in columns}
    return next((by_name[name] for name in PERCEPTUAL if name in by_name), None)


def signed(value: float, digits: int) -> str:
    """A difference, always with its sign; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:+.{digits}f}"


def _plot(results: Results, scores: SetScores, perceptual: Column | None) -> Plot | None:
    if perceptual is None:
        return None
    dots = [
        Dot(x=value.measured["psnr"], y=value.measured[perceptual.name], name=value.name)
        for value in scores.values
    ]
    mean = Dot(
        x=scores.mean("psnr"),
        y=scores.mean(perceptual.name),
        name=f"mean of {results.method['name']}",
        is_mean=True,
    )
    return place([*dots, mean], results.column("psnr").label, perceptual.label)


def _figure(value: float, digits: int) -> str:
    """A number for a table; infinity has a sign of its own."""
    return "∞" if math.isinf(value) and value > 0 else f"{value:.{digits}f}"
