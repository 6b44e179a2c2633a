"""The network's convolutions, without its warps: what a fast path has to compute.

Warps, pyramids and regions are the engine's; they need no weights. The three blocks are purely
local, so that they may be computed on any region that comes with enough of its surroundings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from filmnet.model import Film, FilmConfig


class Blocks(Protocol):
    """FILM's three groups of convolutions, on one device and in one precision.

    Tensors that come and go are channels-last in memory; features are in the precision of the
    blocks, flows and pictures in float32.
    """

    config: FilmConfig

    extra_bytes: int
    """Memory that this way takes beside the network's weights, for pictures of any size."""

    by_size: bool
    """Whether it is compiled anew for each size of pictures, and keeps memory for each."""

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """The outputs of the feature extractor's first `stages` stages, finest first.

        Args:
            image: (B, 3, H, W) float32, a level of the image pyramid.
            stages: how many of `config.sub_levels`; each but the first halves the size.
        """

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """What is missing in the flow at a pyramid level, (B, 2, H, W) float32.

        Args:
            level: of the pyramid, 0 the finest.
            own: (B, `config.feature_channels(level)`, H, W), features of one image.
            other: the same of the other image, warped by the flow so far.
        """

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """Fusion's output, (B, 3 or 4, H, W) float32, as `model.Fusion` gives it.

        Args:
            aligned: finest first; per level what `model.Fusion` takes.
        """


class TorchBlocks:
    """The blocks as PyTorch computes them, layer by layer."""

    extra_bytes = 0
    by_size = False

    def __init__(self, model: Film) -> None:
        self.config = model.config
        self._model = model

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """Stage after stage, with averaging between them."""
        return self._model.extractor.column(image, stages)

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """The predictor of that level."""
        residual: Tensor = self._model.flow.predictor(level)(own, other)
        return residual

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """The decoder."""
        fused: Tensor = self._model.fusion(aligned)
        return fused
