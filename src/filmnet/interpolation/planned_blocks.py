"""The network's convolutions as the plan at work wants them.

Tiles and the parts that they look at come in about a hundred sizes. So what is compiled for each
size gives way to what is not, and the memory that they leave behind in pieces is handed back.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from filmnet.interpolation.allocator import FreedMemory
from filmnet.interpolation.blocks import Blocks


class PlannedBlocks:
    """Blocks that follow a plan.

    Args:
        whole: for frames that are made at once.
        tiled: for frames in tiles.
        freed: what is freed between the groups of convolutions; None for other devices' memory.
    """

    def __init__(self, whole: Blocks, tiled: Blocks, freed: FreedMemory | None = None) -> None:
        self.config = whole.config
        self.extra_bytes = max(whole.extra_bytes, tiled.extra_bytes)
        self.by_size = whole.by_size
        self.whole = whole
        self._tiled = tiled
        self._freed = freed
        self._at_work = whole

    def follow(self, *, whole: bool, kept_bytes: int) -> None:
        """Work by another plan from now on.

        Args:
            whole: whether all of a frame is computed at once.
            kept_bytes: how much freed memory may be kept.
        """
        self._at_work = self.whole if whole else self._tiled
        if self._freed is not None:
            self._freed.allowed_bytes = kept_bytes

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """The extractor."""
        return self._ready().column(image, stages)

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """The predictor of that level."""
        return self._ready().residual_flow(level, own, other)

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """The decoder."""
        return self._ready().fuse(aligned)

    def _ready(self) -> Blocks:
        if self._freed is not None:
            self._freed.hand_back()
        return self._at_work
