"""What adjusts the weights: the optimizer, and its rate and numbers at each step."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer

from filmnet.model import Film
from filmnet.training.recipe import Optimization
from filmnet.training.schedule import learning_rate


def make_optimizer(model: Film, config: Optimization) -> Optimizer:
    """The recipe's optimizer over all of a network's weights."""
    groups = _parameter_groups(model, config.fusion_rate)
    if config.optimizer == "keras-adam":
        return torch.optim.Adam(groups, betas=config.betas, eps=config.epsilon, foreach=True)
    return torch.optim.AdamW(
        groups,
        betas=config.betas,
        eps=config.epsilon,
        weight_decay=config.weight_decay,
        foreach=True,
    )


def prepare_step(
    groups: list[dict[str, Any]], config: Optimization, *, step: int, steps: int
) -> None:
    """Set rate and epsilon of each group for one step.

    Keras adds epsilon to the root of the second moment before its bias is corrected, PyTorch
    after; an epsilon divided by that correction makes the two equal.

    Args:
        groups: the optimizer's, as `make_optimizer` made them.
        config: of the recipe.
        step: number of the step, from 0.
        steps: length of the run.

    Source: Kingma and Ba, "Adam", 2015, end of section 2: the form that Keras computes.
    """
    rate = learning_rate(step, steps, config)
    epsilon = config.epsilon
    if config.optimizer == "keras-adam":
        epsilon /= (1 - config.betas[1] ** (step + 1)) ** 0.5
    for group in groups:
        group["lr"], group["eps"] = rate * group["rate"], epsilon


def _parameter_groups(model: Film, fusion_rate: float) -> list[dict[str, Any]]:
    """What the optimizer adjusts, each with its multiple of the learning rate."""
    motion = [*model.extractor.parameters(), *model.flow.parameters()]
    return [
        {"params": motion, "rate": 1.0},
        {"params": list(model.fusion.parameters()), "rate": fusion_rate},
    ]
