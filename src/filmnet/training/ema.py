"""The average of the weights over the last steps, which is what a run delivers."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


class ExponentialMovingAverage(Generic[Model]):
    """A slow copy of a network: after each step, `decay` of the copy and the rest of the network.

    During the first steps the copy follows faster, so that it forgets the random start.
    """

    def __init__(self, model: Model, decay: float) -> None:
        self.model: Model = copy.deepcopy(model).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, model: Model, step: int) -> None:
        """Take in the network's weights after `step`, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averages: list[Tensor] = list(self.model.parameters())
        weights: list[Tensor] = list(model.parameters())
        torch._foreach_lerp_(averages, weights, 1 - decay)
