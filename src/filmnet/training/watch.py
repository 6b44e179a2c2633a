"""The last steps' losses: their means, and whether they have come to explode."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

WATCHED_STEPS = 100
"""Steps over which losses are averaged."""

EXPLODED = 10.0
"""How many times its lowest mean the loss may rise to."""


class LossValues(NamedTuple):
    """Losses as numbers: the weighted sum, and each before it is weighted."""

    total: float
    l1: float
    vgg: float
    style: float
    flow: float
    warped: float

    @property
    def is_finite(self) -> bool:
        return all(map(math.isfinite, self))


class LossWatch:
    """Remembers the losses of the last hundred steps, and when their mean was lowest."""

    def __init__(self) -> None:
        self._recent: deque[LossValues] = deque(maxlen=WATCHED_STEPS)
        self._lowest = math.inf
        self.lowest_step = 0
        """Steps that were done when the mean was lowest."""

    def forget(self) -> None:
        """Start anew, since what the loss is made of changes."""
        self._recent.clear()
        self._lowest = math.inf

    def add(self, step: int, losses: LossValues) -> None:
        """Take in the losses of the last of `step` steps."""
        self._recent.append(losses)
        if len(self._recent) == WATCHED_STEPS and (mean := self.mean().total) < self._lowest:
            self._lowest, self.lowest_step = mean, step

    def mean(self) -> LossValues:
        """Mean of each loss over the last steps, of which there must be one."""
        return LossValues(*(sum(values) / len(self._recent) for values in zip(*self._recent)))  # noqa: B905

    @property
    def has_exploded(self) -> bool:
        """Whether the mean is far above the lowest one."""
        return len(self._recent) == WATCHED_STEPS and self.mean().total > EXPLODED * self._lowest
