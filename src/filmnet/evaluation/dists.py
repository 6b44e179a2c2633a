"""DISTS: similarity of structure and of texture, which forgives texture that is elsewhere.

Source: Ding et al., "Image quality assessment: unifying structure and texture similarity", TPAMI
2020, and its published weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from filmnet.evaluation.backbones import VGG16_CHANNELS, Vgg16, load_kernels, take

MEANS = (0.485, 0.456, 0.406)
DEVIATIONS = (0.229, 0.224, 0.225)
TINY = 1e-6


class Dists(nn.Module):
    """Distance of two pictures, 0 for equal ones.

    Args:
        vgg16: torchvision's kernels.
        vgg16_path: their file, for messages.
        shares: `alpha` and `beta`, the learned weights per channel of texture and structure.
        shares_path: their file, for messages.

    Raises:
        WeightsError: files of other networks.
    """

    means: Tensor
    deviations: Tensor
    alpha: Tensor
    beta: Tensor

    def __init__(
        self,
        vgg16: Mapping[str, Tensor],
        vgg16_path: Path,
        shares: Mapping[str, Tensor],
        shares_path: Path,
    ) -> None:
        super().__init__()
        self.backbone = Vgg16()
        load_kernels(self.backbone.convs, vgg16, vgg16_path)
        shape = (1, 3 + sum(VGG16_CHANNELS), 1, 1)
        alpha, beta = (take(shares, name, shape, shares_path) for name in ("alpha", "beta"))
        total = alpha.sum() + beta.sum()
        self.register_buffer("alpha", alpha.flatten() / total)
        self.register_buffer("beta", beta.flatten() / total)
        self.register_buffer("means", torch.tensor(MEANS).view(3, 1, 1))
        self.register_buffer("deviations", torch.tensor(DEVIATIONS).view(3, 1, 1))

    def forward(self, made: Tensor, truth: Tensor) -> Tensor:
        """(B, 3, H, W) each in [0, 1]; gives (B,)."""
        pairs = zip(self._features(made), self._features(truth), strict=True)
        texture, structure = zip(*(_similarities(*pair) for pair in pairs), strict=True)
        return 1 - torch.cat(texture, 1) @ self.alpha - torch.cat(structure, 1) @ self.beta

    def _features(self, image: Tensor) -> list[Tensor]:
        """The picture itself, then VGG-16's features."""
        return [image, *self.backbone((image - self.means) / self.deviations)]


def _similarities(ours: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
    """Of means and of variation around them, (B, C) each."""
    mean0, mean1 = ours.mean(dim=(2, 3)), theirs.mean(dim=(2, 3))
    deviation0, deviation1 = ours - mean0[..., None, None], theirs - mean1[..., None, None]
    variance0, variance1 = (d.square().mean(dim=(2, 3)) for d in (deviation0, deviation1))
    covariance = (ours * theirs).mean(dim=(2, 3)) - mean0 * mean1
    texture = (2 * mean0 * mean1 + TINY) / (mean0.square() + mean1.square() + TINY)
    return texture, (2 * covariance + TINY) / (variance0 + variance1 + TINY)
