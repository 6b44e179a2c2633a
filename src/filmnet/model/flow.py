"""Bidirectional motion, coarse to fine: step 3 of FILM."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from filmnet.model.config import FilmConfig
from filmnet.model.layers import Head, LeakyConv
from filmnet.model.warp import resize_flow, warp


class FlowPredictor(nn.Module):
    """What is still missing in the flow, from one image's features and the other's, warped."""

    def __init__(self, channels_in: int, width: int, convs: int) -> None:
        super().__init__()
        sizes = [channels_in] + [width] * convs
        self.convs = nn.Sequential(*(LeakyConv(sizes[i], width, 3) for i in range(convs)))
        self.reduce = LeakyConv(width, width // 2, 1)
        self.head = Head(width // 2, 2)

    def forward(self, own: Tensor, other: Tensor) -> Tensor:
        """Residual flow (B, 2, H, W), float32, from two features (B, C, H, W)."""
        residual: Tensor = self.head(self.reduce(self.convs(torch.cat((own, other), dim=1))))
        return residual


class FlowEstimator(nn.Module):
    """Feature pyramids to a flow pyramid.

    The `specialized_levels` finest levels have a predictor each; all coarser ones share the last.
    """

    def __init__(self, config: FilmConfig) -> None:
        super().__init__()
        self.predictors = nn.ModuleList(
            FlowPredictor(2 * config.feature_channels(level), width, convs)
            for level, (width, convs) in enumerate(
                zip(config.flow_filters, config.flow_convs, strict=True)
            )
        )

    def forward(
        self, own: list[Tensor], other: list[Tensor], start: Tensor | None = None
    ) -> list[Tensor]:
        """The flow from `own` to `other`: `warp(other, flow)` looks like `own`.

        Args:
            own: feature pyramid of one image, finest first.
            other: feature pyramid of the other image.
            start: (B, 2, H, W), what is known of the coarsest level's flow; by default nothing.

        Returns:
            The flow pyramid, finest first, each (B, 2, H_i, W_i), float32, pixels of its level.
        """
        coarsest = len(own) - 1
        last = other[coarsest] if start is None else warp(other[coarsest], start)
        flow = self.predictor(coarsest)(own[coarsest], last)
        flow = flow if start is None else flow + start
        flow_pyramid = [flow]
        for level in reversed(range(coarsest)):
            flow = resize_flow(flow, (own[level].shape[-2], own[level].shape[-1]))
            flow = flow + self.predictor(level)(own[level], warp(other[level], flow))
            flow_pyramid.insert(0, flow)
        return flow_pyramid

    def predictor(self, level: int) -> nn.Module:
        """The predictor of a pyramid level, 0 the finest."""
        return self.predictors[min(level, len(self.predictors) - 1)]
