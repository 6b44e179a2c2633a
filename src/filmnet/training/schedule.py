"""The learning rate at each step."""

from __future__ import annotations

import math

from filmnet.training.recipe import Optimization


def learning_rate(step: int, steps: int, config: Optimization) -> float:
    """Linear warm-up, then cosine to the final rate, or stairs.

    Args:
        step: number of the step, from 0.
        steps: length of the run.
        config: rates, schedule and its lengths.
    """
    warmup = min(1.0, (step + 1) / max(1, config.warmup_steps))
    if config.schedule == "staircase":
        return warmup * config.learning_rate * config.decay_rate ** (step // config.decay_steps)
    past = max(0, step - config.warmup_steps) / max(1, steps - config.warmup_steps)
    swing = 0.5 * (1 + math.cos(math.pi * min(1.0, past)))
    span = config.learning_rate - config.final_learning_rate
    return warmup * (config.final_learning_rate + span * swing)
