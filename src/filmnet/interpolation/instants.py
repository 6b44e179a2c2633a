"""In which steps the instants between two frames are reached.

Weights trained at any t make every instant in one step. Weights trained at the midpoint only
reach it by halving: the frame at 1/2, from it and a neighbour the frame at 1/4, and so on.
That follows a curved path piece by piece, where one long scaled step would go straight.

An instant k / 2^m is exact after m halvings. Any other is halved around until the interval is
no longer than 1 / (count + 1), and lies one scaled step inside the last interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from torch import Tensor

from filmnet.interpolation.contract import FrameEngine

DEEPEST = 16
"""Halvings up to which k / 2^m counts as exact: a frame in 65,536."""


def even_instants(count: int) -> list[Fraction]:
    """`count` instants that divide the interval evenly."""
    return [Fraction(i, count + 1) for i in range(1, count + 1)]


def halvings(t: Fraction, count: int) -> int:
    """How many halvings lead to t when `count` instants are wanted."""
    exact = t.denominator.bit_length() - 1
    if t.denominator == 2**exact and exact <= DEEPEST:
        return exact
    return math.ceil(math.log2(count + 1))


def make_directly(
    engine: FrameEngine,
    frame0: Any,
    frame1: Any,
    instants: Sequence[Fraction],
    on_pair: Callable[[Any], None] | None = None,
) -> Iterator[Tensor]:
    """Every instant in one step; the motion is estimated once, and `on_pair` shown it."""
    if not instants:
        return
    pair = engine.pair(frame0, frame1)
    if on_pair is not None:
        on_pair(pair)
    for t in instants:
        yield engine.make(pair, float(t))


def make_by_halving(
    engine: FrameEngine,
    frame0: Any,
    frame1: Any,
    instants: Sequence[Fraction],
    on_pair: Callable[[Any], None] | None = None,
) -> Iterator[Tensor]:
    """Instants in rising order by recursive midpoints, none made twice.

    At most `halvings` frames are held at a time. `on_pair` is shown the pair of the two frames,
    none of those in between.
    """
    depths = {t: halvings(t, len(instants)) for t in instants}
    whole = (Fraction(0), Fraction(1))
    yield from _halve(engine, (frame0, frame1), whole, list(instants), depths, 0, on_pair)


def _halve(
    engine: FrameEngine,
    frames: tuple[Any, Any],
    span: tuple[Fraction, Fraction],
    instants: list[Fraction],
    depths: dict[Fraction, int],
    depth: int,
    on_pair: Callable[[Any], None] | None = None,
) -> Iterator[Tensor]:
    """The instants strictly inside `span`, whose ends are `frames`."""
    if not instants:
        return
    begin, end = span
    if all(depths[t] <= depth for t in instants):
        inside = [(t - begin) / (end - begin) for t in instants]
        yield from make_directly(engine, *frames, inside, on_pair)
        return
    middle = (begin + end) / 2
    image = _midpoint(engine, frames, on_pair)
    before = [t for t in instants if t < middle]
    after = [t for t in instants if t > middle]
    frame = engine.prepare(image) if before or after else None
    if frame is not None:
        halves = (frames[0], frame), (begin, middle)
        yield from _halve(engine, *halves, before, depths, depth + 1)
    if middle in depths:
        yield image
    if frame is not None:
        halves = (frame, frames[1]), (middle, end)
        yield from _halve(engine, *halves, after, depths, depth + 1)


def _midpoint(
    engine: FrameEngine, frames: tuple[Any, Any], on_pair: Callable[[Any], None] | None
) -> Tensor:
    """The frame halfway; the motion that led to it is not kept."""
    pair = engine.pair(*frames)
    if on_pair is not None:
        on_pair(pair)
    return engine.make(pair, 0.5)
