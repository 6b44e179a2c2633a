"""What a training step minimises."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from filmnet.model import FilmOutput
from filmnet.training.data import Sample
from filmnet.training.recipe import LossWeights


def total_loss(output: FilmOutput, sample: Sample, weights: LossWeights, step: int) -> Tensor:
    """The weighted sum of all losses, ()."""
    loss = weights.l1 * l1_loss(output.image, sample.truth)
    fade = max(0.0, 1 - step / weights.guide_steps)
    if weights.flow * fade > 0:
        error_01 = flow_loss(output.flow_01, sample.flow_01, sample.flow_known)
        error_10 = flow_loss(output.flow_10, sample.flow_10, sample.flow_known)
        loss = loss + weights.flow * fade * (error_01 + error_10)
    if weights.warped * fade > 0:
        warped0 = l1_loss(output.image0_warped, sample.truth)
        loss = loss + weights.warped * fade * (
            warped0 + l1_loss(output.image1_warped, sample.truth)
        )
    return loss


def l1_loss(made: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference, ().

    Args:
        made: (B, 3, H, W).
        truth: (B, 3, H, W).

    Source: FILM, section 4.
    """
    return F.l1_loss(made.float(), truth.float())


def flow_loss(flow_pyramid: list[Tensor], truth: Tensor, known: Tensor) -> Tensor:
    """Mean end-point error over all levels, each in its own pixels, ().

    Args:
        flow_pyramid: finest first, each (B, 2, H_i, W_i).
        truth: (B, 2, H, W), pixels of the finest level.
        known: (B,), 1 where `truth` is known, else 0.
    """
    total = truth.new_zeros(())
    for level, flow in enumerate(flow_pyramid):
        size = (flow.shape[-2], flow.shape[-1])
        wanted = F.adaptive_avg_pool2d(truth, size) / 2**level
        error = (flow - wanted).square().sum(dim=1).add(1e-6).sqrt().mean(dim=(1, 2))
        total = total + (error * known).sum() / known.sum().clamp(min=1)
    return total / len(flow_pyramid)
