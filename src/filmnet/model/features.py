r"""Scale-agnostic features: step 2 of FILM.

One extractor of `sub_levels` stages starts at *every* level of the image pyramid. The feature
at level i joins what the extractor sees there at all its scales:

    image level   0        1        2        3
                  s0       s0       s0       s0      stage 0
                    \        \        \
                     s1       s1       s1            stage 1, half the size
                       \        \
                        s2       s2                  stage 2

    feature level 0: s0    1: s0,s1   2: s0,s1,s2    … from level sub_levels-1 on, all the same

So coarse levels have the same channels with the same meaning: one flow predictor serves them
all, and learns large motion from fine levels' small motion.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from filmnet.model.config import FilmConfig
from filmnet.model.layers import LeakyConv


class FeatureExtractor(nn.Module):
    """Image pyramid to feature pyramid."""

    def __init__(self, config: FilmConfig) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        channels = 3
        for stage in range(config.sub_levels):
            width = config.stage_channels(stage)
            self.stages.append(
                nn.Sequential(LeakyConv(channels, width, 3), LeakyConv(width, width, 3))
            )
            channels = width

    def forward(self, images: list[Tensor]) -> list[Tensor]:
        """Features of every pyramid level.

        Args:
            images: the image pyramid, finest first, each (B, 3, H_i, W_i).

        Returns:
            The feature pyramid, finest first, each (B, `feature_channels(i)`, H_i, W_i).
        """
        levels = len(images)
        columns = [self.column(image, levels - i) for i, image in enumerate(images)]
        return [
            torch.cat([columns[i - j][j] for j in range(min(i + 1, len(self.stages)))], dim=1)
            for i in range(levels)
        ]

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """The outputs of the first `stages` stages, as far as there are, from one image level."""
        column: list[Tensor] = []
        for stage in list(self.stages)[:stages]:
            column.append(stage(F.avg_pool2d(column[-1], 2) if column else image))
        return column
