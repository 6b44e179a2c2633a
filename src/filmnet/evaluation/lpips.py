"""LPIPS: how different two pictures look, learned from people's judgement; over AlexNet.

Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric",
CVPR 2018; version 0.1 of the weights, as papers on frame interpolation use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from filmnet.evaluation.backbones import ALEXNET, AlexNet, load_kernels, take

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
TINY = 1e-10

SMALLEST_PX = 31
"""Below that, AlexNet's pooling has nothing left."""


class Lpips(nn.Module):
    """Distance of two pictures, 0 for equal ones.

    Args:
        alexnet: torchvision's kernels.
        alexnet_path: their file, for messages.
        linear: the learned weights per channel.
        linear_path: their file, for messages.

    Raises:
        WeightsError: files of other networks.
    """

    shift: Tensor
    scale: Tensor

    def __init__(
        self,
        alexnet: Mapping[str, Tensor],
        alexnet_path: Path,
        linear: Mapping[str, Tensor],
        linear_path: Path,
    ) -> None:
        super().__init__()
        self.backbone = AlexNet()
        load_kernels(self.backbone.convs, alexnet, alexnet_path)
        self.linear = nn.ParameterList()
        for k, (_, channels, *_rest) in enumerate(ALEXNET.values()):
            weight = take(linear, f"lin{k}.model.1.weight", (1, channels, 1, 1), linear_path)
            self.linear.append(nn.Parameter(weight, requires_grad=False))
        self.register_buffer("shift", torch.tensor(SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(3, 1, 1))

    def forward(self, made: Tensor, truth: Tensor) -> Tensor:
        """(B, 3, H, W) each in [0, 1], sides from 31 pixels; gives (B,)."""
        height, width = made.shape[-2:]
        if min(height, width) < SMALLEST_PX:
            raise ValueError(
                f"{width}x{height} is too small for LPIPS, which needs {SMALLEST_PX} pixels on "
                f"each side; leave its weights away"
            )
        distance = torch.zeros(len(made), device=made.device)
        pairs = zip(self._features(made), self._features(truth), self.linear, strict=True)
        for ours, theirs, weight in pairs:
            distance += ((ours - theirs).square() * weight).sum(dim=1).mean(dim=(1, 2))
        return distance

    def _features(self, image: Tensor) -> list[Tensor]:
        """Features whose channels have length 1 at each pixel."""
        features = self.backbone((2 * image - 1 - self.shift) / self.scale)
        return [x / (x.square().sum(dim=1, keepdim=True).sqrt() + TINY) for x in features]
