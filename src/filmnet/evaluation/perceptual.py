"""How different two pictures look to VGG-19: FILM's perceptual and style distances.

Both compare features at the taps that the network at hand has; one that ends early gives fewer
terms, and values that are not the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from filmnet.model.vgg import Vgg19

TAP_WEIGHTS = {
    "conv1_2": 1 / 2.6,
    "conv2_2": 1 / 4.8,
    "conv3_2": 1 / 3.7,
    "conv4_2": 1 / 5.6,
    "conv5_2": 10 / 1.5,
}
"""What each tap counts, in both distances."""

FEATURE_SCALE = 255.0
"""Features come from pictures on the 0-255 scale, and are brought back to 0-1."""


def vgg_distance(network: Vgg19, made: Tensor, truth: Tensor) -> Tensor:
    """Weighted mean absolute difference of features, (B,).

    Args:
        network: VGG-19, whole or with its first blocks.
        made: (B, 3, H, W), RGB in [0, 1].
        truth: the same shape.

    Source: FILM, section 4; the published code's `vgg_loss`.
    """
    return feature_distance(network, network(made), network(truth))


def style_distance(network: Vgg19, made: Tensor, truth: Tensor) -> Tensor:
    """Weighted mean squared difference of features' Gram matrices, (B,).

    Args:
        network: VGG-19, whole or with its first blocks.
        made: (B, 3, H, W), RGB in [0, 1].
        truth: the same shape.

    Source: FILM, section 4; the published code's `style_loss`.
    """
    return gram_distance(network, network(made), network(truth))


def feature_distance(network: Vgg19, made: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """`vgg_distance` of features that the network gave, (B,)."""
    terms = [
        TAP_WEIGHTS[tap] * (x.float() - y.float()).abs().mean(dim=(1, 2, 3))
        for tap, x, y in zip(network.taps, made, truth, strict=True)
    ]
    return torch.stack(terms).sum(dim=0) / FEATURE_SCALE


def gram_distance(network: Vgg19, made: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """`style_distance` of features that the network gave, (B,)."""
    terms = [
        TAP_WEIGHTS[tap] * (gram_matrix(x) - gram_matrix(y)).square().mean(dim=(1, 2))
        for tap, x, y in zip(network.taps, made, truth, strict=True)
    ]
    return torch.stack(terms).sum(dim=0)


def gram_matrix(features: Tensor) -> Tensor:
    """How often channels respond together, wherever they do.

    Args:
        features: (B, C, H, W) from pictures on the 0-255 scale.

    Returns:
        (B, C, C), the mean over all pixels of each two channels' product, on the 0-1 scale.
    """
    flat = features.float().flatten(2) / FEATURE_SCALE
    return flat @ flat.transpose(1, 2) / flat.shape[-1]
