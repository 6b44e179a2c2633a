"""A scatter plot's geometry: where points and ticks lie, for a template to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 88, 20, 16, 48


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A point of a plot, in its own units."""

    x: float
    y: float
    name: str

    group: int = 0
    """Which colour it has."""

    is_mean: bool = False
    """Whether it stands for many and is drawn large."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A tick of an axis: its place in the drawing, and its number."""

    place: float
    text: str


@dataclass(frozen=True, kw_only=True)
class PlacedDot:
    """A point in the drawing."""

    x: float
    y: float
    dot: Dot


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Everything that a template needs to draw."""

    x_label: str
    y_label: str
    dots: tuple[PlacedDot, ...]
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def place(dots: Sequence[Dot], x_label: str, y_label: str) -> Plot | None:
    """Lay out a plot; points that are not finite are left out, None if none is left."""
    dots = [dot for dot in dots if math.isfinite(dot.x) and math.isfinite(dot.y)]
    if not dots:
        return None
    x_range, y_range = _range([dot.x for dot in dots]), _range([dot.y for dot in dots])

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * _share(x, x_range)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _share(y, y_range)

    return Plot(
        x_label=x_label,
        y_label=y_label,
        dots=tuple(PlacedDot(x=across(dot.x), y=up(dot.y), dot=dot) for dot in dots),
        x_marks=tuple(Mark(place=across(x), text=f"{x:g}") for x in _ticks(x_range)),
        y_marks=tuple(Mark(place=up(y), text=f"{y:g}") for y in _ticks(y_range)),
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    """From the smallest to the largest, with a margin."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.1 * abs(low) or 1.0
    return low - margin, high + margin


def _share(value: float, ends: tuple[float, float]) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])


def _ticks(ends: tuple[float, float]) -> list[float]:
    """About six round numbers in a range."""
    rough = (ends[1] - ends[0]) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.ceil(ends[0] / step), math.floor(ends[1] / step)
    return [round(k * step, 10) for k in range(first, last + 1)]
