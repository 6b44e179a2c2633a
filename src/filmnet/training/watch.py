"""The last steps' losses: their means, when all was well, and whether they have come to explode."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, NamedTuple

WATCHED_STEPS = 100
"""Steps over which losses are averaged."""

EXPLODED = 10.0
"""How many times its lowest mean the loss may rise to."""

GOOD = 2.0
"""How many times its lowest mean the loss of a good checkpoint may be."""


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
    """Remembers the losses of the last hundred steps, the lowest mean, and when all was well.

    Args:
        step: steps that are done when it begins.
    """

    def __init__(self, step: int = 0) -> None:
        self._recent: deque[LossValues] = deque(maxlen=WATCHED_STEPS)
        self._lowest = math.inf
        self.good_step = step
        """Steps that were done when the mean was last near its lowest."""

    def forget(self) -> None:
        """Start anew, since what the loss is made of changes."""
        self._recent.clear()
        self._lowest = math.inf

    def add(self, step: int, losses: LossValues) -> None:
        """Take in the losses of the last of `step` steps."""
        self._recent.append(losses)
        mean = self.mean().total
        if self._is_full:
            self._lowest = min(self._lowest, mean)
        if mean <= GOOD * self._lowest:
            self.good_step = step

    def mean(self) -> LossValues:
        """Mean of each loss over the last steps; zeros before the first."""
        count = max(1, len(self._recent))
        return LossValues(*(math.fsum(values) / count for values in self._columns()))

    @property
    def has_exploded(self) -> bool:
        """Whether the mean is far above the lowest one."""
        return self._is_full and self.mean().total > EXPLODED * self._lowest

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        recent = [tuple(losses) for losses in self._recent]
        return {"recent": recent, "lowest": self._lowest, "good_step": self.good_step}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's `state`."""
        self._recent.clear()
        self._recent.extend(LossValues(*losses) for losses in state["recent"])
        self._lowest, self.good_step = state["lowest"], state["good_step"]

    def _columns(self) -> list[tuple[float, ...]]:
        """The recent values of each loss."""
        names = LossValues._fields
        return [tuple(getattr(losses, name) for losses in self._recent) for name in names]

    @property
    def _is_full(self) -> bool:
        return len(self._recent) == WATCHED_STEPS
