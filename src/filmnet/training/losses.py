"""What a training step minimises."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from filmnet.evaluation.perceptual import feature_distance, gram_distance
from filmnet.model import FilmOutput
from filmnet.model.vgg import Vgg19
from filmnet.training.data import Sample
from filmnet.training.loss_weights import StepWeights


class Losses(NamedTuple):
    """A batch's losses, each (), and their weighted sum; one that does not count is 0."""

    total: Tensor
    l1: Tensor
    vgg: Tensor
    style: Tensor
    flow: Tensor
    warped: Tensor


def measure_losses(
    output: FilmOutput, sample: Sample, weights: StepWeights, vgg: Vgg19 | None = None
) -> Losses:
    """All losses that count at a step, and their weighted sum.

    Args:
        output: of the network, on the batch.
        sample: the batch.
        weights: of the step.
        vgg: VGG-19, needed where the weight of `vgg` or `style` is above 0.

    Source: FILM, section 4; flow and warped are ours.
    """
    zero = output.image.new_zeros(())
    l1 = l1_loss(output.image, sample.truth)
    look, style = zero, zero
    if vgg is not None and max(weights.vgg, weights.style) > 0:
        look, style = perceptual_losses(vgg, output.image, sample.truth)
    flow = _guide_flow(output, sample) if weights.flow > 0 else zero
    warped = _guide_images(output, sample) if weights.warped > 0 else zero
    total = (
        weights.l1 * l1
        + weights.vgg * look
        + weights.style * style
        + weights.flow * flow
        + weights.warped * warped
    )
    return Losses(total=total, l1=l1, vgg=look, style=style, flow=flow, warped=warped)


def perceptual_losses(vgg: Vgg19, made: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """VGG and style loss of a batch, each (), from the same features.

    Args:
        vgg: VGG-19, whole or with its first blocks.
        made: (B, 3, H, W), RGB in [0, 1].
        truth: the same shape; no gradient is taken of it.

    Source: FILM, section 4.
    """
    with torch.no_grad():
        wanted = vgg(truth)
    found = vgg(made)
    return feature_distance(vgg, found, wanted).mean(), gram_distance(vgg, found, wanted).mean()


def _guide_flow(output: FilmOutput, sample: Sample) -> Tensor:
    error_01 = flow_loss(output.flow_01, sample.flow_01, sample.flow_known)
    return error_01 + flow_loss(output.flow_10, sample.flow_10, sample.flow_known)


def _guide_images(output: FilmOutput, sample: Sample) -> Tensor:
    warped0 = l1_loss(output.image0_warped, sample.truth)
    return warped0 + l1_loss(output.image1_warped, sample.truth)


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
