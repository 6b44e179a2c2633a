"""One frame as the network sees it: its pyramid, and features of any part of any level.

Features of the levels from `stored_level` on are computed once and held. Those of finer levels
take the most memory and the least time: they are computed anew for each part that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.interpolation.plan import Plan
from filmnet.interpolation.region import Region, Size, size_of, split
from filmnet.interpolation.tiling import align, column_halo
from filmnet.model import FilmConfig
from filmnet.model.pyramid import image_pyramid
from filmnet.model.warp import warp, warp_all

SMALLEST_PIECE_PX = 32
"""Features that are not held are computed for squares of multiples of that side."""


class Frame:
    """A frame that can be paired with any other of its size.

    Args:
        blocks: the network's convolutions.
        padded: (B, 3, H, W) float32, padded, channels-last.
        box: where the picture lies in it.
        precision: of the features.
        plan: how much is computed at a time, and which features are held.
    """

    def __init__(
        self,
        blocks: Blocks,
        padded: Tensor,
        box: Region,
        precision: torch.dtype,
        plan: Plan,
    ) -> None:
        self.box = box
        """Where the picture lies in its padded self."""

        self.images = image_pyramid(padded, blocks.config.pyramid_levels)
        """Image pyramid, finest first, each (B, 3, H_i, W_i) float32."""

        self.exact: Frame | None = None
        """The same in float32, once it was needed; the features here are dropped then."""

        self._blocks = blocks
        self._tile_px = plan.tile_px
        self._features = self._allocate(precision, plan.stored_level)
        for level, image in enumerate(self.images):
            self._extract(level, image)

    @property
    def picture(self) -> Tensor:
        """The frame as it came, (B, 3, H, W) float32; a view."""
        return self.box.crop(self.images[0])

    def size(self, level: int) -> Size:
        """Height and width of a pyramid level."""
        return size_of(self.images[level])

    @property
    def batch(self) -> int:
        """How many pictures of one size it holds."""
        return self.images[0].shape[0]

    def use(self, plan: Plan) -> None:
        """Go on by a smaller plan: drop the features that it does not hold."""
        self._tile_px = plan.tile_px
        self._features = {k: v for k, v in self._features.items() if k >= plan.stored_level}

    def features(self, level: int, region: Region) -> Tensor:
        """Features of a part of a level, (B, `feature_channels(level)`, h, w)."""
        if level in self._features:
            return region.crop(self._features[level])
        stages = range(min(level + 1, self._blocks.config.sub_levels))
        return torch.cat([self._stage(level - j, j, region) for j in stages], dim=1)

    def warp_features(self, level: int, flow: Tensor, region: Region) -> Tensor:
        """Features of a level, warped onto a part of its grid; reads as far as the flow goes.

        Args:
            level: of the pyramid.
            flow: (B, 2, h, w), on `region`.
            region: the part of the grid.

        Returns:
            (B, `feature_channels(level)`, h, w).
        """
        if level in self._features:
            return warp(self._features[level], flow, region.origin)
        return self._warp_recomputed(level, flow, region)

    def warp(self, level: int, flow: Tensor, region: Region) -> list[Tensor]:
        """Image and features of a level, warped as `warp_features` does."""
        if level in self._features:
            return warp_all((self.images[level], self._features[level]), flow, region.origin)
        image = warp(self.images[level], flow, region.origin)
        return [image, self._warp_recomputed(level, flow, region)]

    def drop_features(self) -> None:
        """Hold none any longer: from now on all are computed anew where they are looked at."""
        self._features = {}

    def _allocate(self, precision: torch.dtype, stored_level: int) -> dict[int, Tensor]:
        """Room for the features of all stored levels."""
        config, batch = self._blocks.config, self.images[0].shape[0]
        return {
            level: torch.empty(
                (batch, config.feature_channels(level), *self.size(level)),
                dtype=precision,
                device=image.device,
                memory_format=torch.channels_last,
            )
            for level, image in enumerate(self.images)
            if level >= stored_level
        }

    def _extract(self, source: int, image: Tensor) -> None:
        """Store what the extractor makes of one image level, tile by tile."""
        config = self._blocks.config
        stages = min(config.sub_levels, len(self.images) - source)
        if source + stages - 1 not in self._features:
            return
        for tile in split(_whole(image), align(self._tile_px, stages - 1)):
            crop = tile.grown(column_halo(stages - 1)).clipped(size_of(image))
            column = self._blocks.column(contiguous(crop.crop(image)), stages)
            for stage, part in enumerate(column):
                if source + stage in self._features:
                    inside = tile.to_coarser(stage)
                    channels = _channels(config, stage, self._features[source + stage])
                    made = inside.within(crop.to_coarser(stage)).crop(part)
                    inside.crop(channels).copy_(made)

    def _stage(self, source: int, stage: int, region: Region) -> Tensor:
        """A stage of the extractor started at level `source`, on a region of the stage's size."""
        image = self.images[source]
        crop = region.to_finer(stage).grown(column_halo(stage)).clipped(size_of(image))
        made = self._blocks.column(contiguous(crop.crop(image)), stage + 1)[-1]
        return region.within(crop.to_coarser(stage)).crop(made)

    def _warp_recomputed(self, level: int, flow: Tensor, region: Region) -> Tensor:
        """Warp features that are not held.

        They are computed for the rectangle into which the flow leads, piece by piece where that
        is larger than twice a tile's side, seen from the finest level: a wild flow costs time,
        but no memory.
        """
        warped: Tensor | None = None
        side = max(align(2 * self._tile_px >> level, 5), SMALLEST_PIECE_PX)
        for piece, inside in _pieces(flow, region, self.size(level), side):
            source = piece.grown(1).clipped(self.size(level))
            origin = region.top - source.top, region.left - source.left
            made = warp(contiguous(self.features(level, source)), flow, origin)
            warped = made if warped is None else torch.where(inside[:, None], made, warped)
        if warped is None:
            raise ValueError(f"{region} is empty")
        return warped


def contiguous(tensor: Tensor) -> Tensor:
    """Channels-last in memory, without gaps."""
    return tensor.contiguous(memory_format=torch.channels_last)


def _whole(tensor: Tensor) -> Region:
    return Region(0, 0, *size_of(tensor))


def _channels(config: FilmConfig, stage: int, features: Tensor) -> Tensor:
    """The channels of a level's features that one stage makes, a view."""
    first = sum(config.stage_channels(j) for j in range(stage))
    return features[:, first : first + config.stage_channels(stage)]


def _pieces(flow: Tensor, region: Region, size: Size, side: int) -> Iterator[tuple[Region, Tensor]]:
    """Where a flow on a region leads, cut into squares, and which of its pixels look into each.

    A pixel looks into the piece in which its sample's upper left neighbour lies.
    """
    dx, dy = flow.nan_to_num(0).unbind(dim=1)
    rows = torch.arange(region.top, region.bottom, device=flow.device)[:, None]
    columns = torch.arange(region.left, region.right, device=flow.device)
    y = (dy.floor() + rows).clamp_(0, size[0] - 1)
    x = (dx.floor() + columns).clamp_(0, size[1] - 1)
    # On a grid, so that convolutions meet few shapes.
    first_y, last_y, first_x, last_x = (
        int(v) // SMALLEST_PIECE_PX for v in (y.min(), y.max(), x.min(), x.max())
    )
    cells = Region.spanning((first_y, last_y + 1), (first_x, last_x + 1))
    box = Region(*(edge * SMALLEST_PIECE_PX for edge in cells.edges)).clipped(size)
    for piece in split(box, side):
        inside = (y >= piece.top) & (y < piece.bottom) & (x >= piece.left) & (x < piece.right)
        if inside.any():
            yield piece, inside
