"""The decoder that makes the picture: step 5 of FILM.

    aligned level 4 (coarsest)
        │ resize, 2x2 convolution
    [aligned level 3, ·] ─ 3x3 ─ 3x3
        │ resize, 2x2 convolution
       …
    [aligned level 0, ·] ─ 3x3 ─ 3x3 ─ 1x1 ─ output

The resize takes the nearest pixel with half-pixel centres, as TensorFlow does: PyTorch calls
that `nearest-exact`. Its plain `nearest` differs at sizes that do not double.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from filmnet.model.config import FilmConfig
from filmnet.model.layers import Conv, Head, LeakyConv


class FusionLevel(nn.Module):
    """One step towards finer levels."""

    def __init__(self, aligned: int, coarser: int, width: int) -> None:
        super().__init__()
        self.upsample = Conv(coarser, width, 2)
        self.merge = nn.Sequential(LeakyConv(aligned + width, width, 3), LeakyConv(width, width, 3))

    def forward(self, aligned: Sequence[Tensor], coarser: Tensor) -> Tensor:
        size = aligned[0].shape[-2:]
        upsampled = self.upsample(F.interpolate(coarser, size, mode="nearest-exact"))
        merged: Tensor = self.merge(concatenate((*aligned, upsampled), upsampled.dtype))
        return merged


class Fusion(nn.Module):
    """Aligned pyramid to the output's channels."""

    def __init__(self, config: FilmConfig) -> None:
        super().__init__()
        last = config.fusion_pyramid_levels - 1
        self.levels = nn.ModuleList(
            FusionLevel(
                config.aligned_channels(level),
                config.aligned_channels(last)
                if level + 1 == last
                else config.fusion_channels(level + 1),
                config.fusion_channels(level),
            )
            for level in range(last)
        )
        self.head = Head(config.fusion_channels(0), 3 if config.output == "image" else 4)

    def forward(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """Fuse the aligned pyramid.

        Args:
            aligned: finest first; per level warped image 0, its features, warped image 1, its
                features, scaled flow 1→0, scaled flow 0→1, each (B, C, H_i, W_i), together
                `aligned_channels(i)` channels.

        Returns:
            (B, 3, H, W) or, for `output="blend"`, (B, 4, H, W); float32, not clamped.
        """
        _, features, *_ = aligned[-1]
        fused = concatenate(aligned[-1], features.dtype)
        for level in reversed(range(len(self.levels))):
            fused = self.levels[level](aligned[level], fused)
        output: Tensor = self.head(fused)
        return output


def concatenate(parts: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Join along the channels, in one precision."""
    return torch.cat([part.to(dtype) for part in parts], dim=1)
