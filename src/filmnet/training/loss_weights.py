"""How much each loss counts, step by step."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

Schedule = tuple[tuple[int, float], ...]
"""(step, weight) pairs: each weight holds from its step, counted from 0, until the next one's."""


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """What the run minimises: a sum of losses, each times its weight.

    `l1`, `vgg` and `style` follow step schedules; in TOML a single number stands for one that
    never changes. `flow` and `warped`, the guide, fade to 0 at `guide_steps`.

    Raises:
        ValueError: a value that cannot be.
    """

    l1: Schedule = ((0, 1.0),)
    """Mean absolute difference of the made and the true frame."""

    vgg: Schedule = ((0, 0.0),)
    """Difference of VGG-19's features of the two."""

    style: Schedule = ((0, 0.0),)
    """Difference of the features' Gram matrices."""

    flow: float = 0.0
    """End-point error at all levels against layered scenes' exact flow."""

    warped: float = 0.0
    """Mean absolute difference of each warped image and the true frame."""

    guide_steps: int = 1

    def __post_init__(self) -> None:
        for name in ("l1", "vgg", "style"):
            _check(name, getattr(self, name))
        if min(self.flow, self.warped) < 0 or self.guide_steps < 1:
            raise ValueError("weights of losses start at 0, guide_steps at 1")

    @property
    def need_vgg(self) -> bool:
        """Whether VGG-19 is needed at any step."""
        return any(weight > 0 for _, weight in (*self.vgg, *self.style))

    def at(self, step: int) -> StepWeights:
        """The weights of one step, counted from 0."""
        fade = max(0.0, 1 - step / self.guide_steps)
        return StepWeights(
            l1=_weight(self.l1, step),
            vgg=_weight(self.vgg, step),
            style=_weight(self.style, step),
            flow=self.flow * fade,
            warped=self.warped * fade,
        )

    def changes(self, step: int) -> bool:
        """Whether a schedule has another weight at `step` than at the step before."""
        schedules = (self.l1, self.vgg, self.style)
        return any(first == step for schedule in schedules for first, _ in schedule[1:])


class StepWeights(NamedTuple):
    """How much each loss counts at one step."""

    l1: float
    vgg: float
    style: float
    flow: float
    warped: float


def _check(name: str, schedule: Schedule) -> None:
    steps = [step for step, _ in schedule]
    if not steps or steps[0] != 0 or any(a >= b for a, b in itertools.pairwise(steps)):
        raise ValueError(
            f"{name} {[list(pair) for pair in schedule]}: a schedule's first step is 0, "
            f"and its steps rise"
        )
    if any(not weight >= 0 for _, weight in schedule):
        raise ValueError(f"{name}: weights of losses start at 0")


def _weight(schedule: Schedule, step: int) -> float:
    return next(weight for first, weight in reversed(schedule) if first <= step)
