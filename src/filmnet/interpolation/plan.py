"""How a frame is cut into tiles so that it fits into memory.

Two choices: the side of a tile, and the finest pyramid level whose features are held. Larger tiles
waste less on halos; features that are not held are computed anew for every tile that looks at
them. Among the plans that fit, the one with the least arithmetic is taken.

What a plan takes is counted, not tried: for the frames and flows that are held, and for the tile
at work. The counts per pixel follow the network's layers; benchmarks/memory.py compares them with
what is really taken.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from filmnet.interpolation.region import Size
from filmnet.interpolation.tiling import DECODER_HALO, SMALLEST_TILE_PX, flow_halo, flow_tile
from filmnet.model import FilmConfig

WHOLE = 1 << 30
"""A side that no frame exceeds."""

TILE_SIDES = (WHOLE, 4096, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 128, SMALLEST_TILE_PX)
"""Sides that are tried, in pixels."""

RECOMPUTING = (0.0, 0.15, 0.4, 0.8)
"""Share of a frame's time that is added where features of 0, 1, 2, 3 levels are not held."""

SPARE = 1.25
"""What the tile at work takes beyond the count: scratch memory of convolutions, and gaps."""

LEAST_GAPS_BYTES = 64 * 2**20
"""Freed memory in pieces that tiles leave and that is kept, at least; else as much as one takes."""

BY_SIZE = 2.5
"""What blocks that are compiled for each size keep, in the largest step's memory; seen with
OpenVINO, whole frames alone."""

FLOAT_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Sizes of what is computed at a time, and what is held; the default is all at once."""

    tile_px: int = WHOLE
    """Largest side of a tile, in pixels."""

    stored_level: int = 0
    """Finest pyramid level whose features are held; those of finer ones are computed anew."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What determines how much memory a plan takes."""

    config: FilmConfig
    size: Size
    """Height and width of the padded frame."""

    value_bytes: int
    """Of a feature's value: 4 in float32, 2 in half precision."""

    batch: int = 1

    frames: int = 2
    """How many frames are held at a time."""

    copies: int = 1
    """How many mirrored copies of each, with the motion between them."""

    extra_bytes: int = 0
    """What the way to compute takes beside the weights."""

    by_size: bool = False
    """Whether that way keeps memory for each size of pictures."""

    @property
    def pixels(self) -> int:
        """Of a whole batch at the finest level."""
        return self.batch * self.size[0] * self.size[1]

    def estimate(self, plan: Plan) -> int:
        """Bytes that a plan takes at its peak."""
        gaps = 0 if self.is_whole(plan) else self._gaps(plan)
        return round(self.needed(plan) + gaps) + self.extra_bytes

    def needed(self, plan: Plan) -> float:
        """Bytes that are in use at the peak, for frames of this size."""
        compiled = BY_SIZE if self.by_size and self.is_whole(plan) else 0
        return self.held(plan) + (SPARE + compiled) * self.at_work(plan)

    def is_whole(self, plan: Plan) -> bool:
        """Whether all of a frame is computed at once, every time in the same sizes."""
        return plan.tile_px >= max(self.size) and not plan.stored_level

    def kept(self, plan: Plan) -> int:
        """Bytes of freed memory that may be kept for the next tile."""
        return round(SPARE * self.at_work(plan) + self._gaps(plan))

    def held(self, plan: Plan) -> float:
        """Frames, flows and the output: what has the size of the whole frame."""
        pyramid = 4 / 3
        features = sum(
            self.config.feature_channels(level) * 0.25**level
            for level in range(plan.stored_level, self.config.pyramid_levels)
        )
        frame = 3 * FLOAT_BYTES * pyramid + features * self.value_bytes
        flows = 2 * 2 * FLOAT_BYTES * pyramid
        # A level's flow is made beside the coarser one's, resized; the output comes later, with
        # two pictures of the pair, the output's and one that waits, each 3 bytes.
        working = max(2 * 2 * FLOAT_BYTES, 3 * FLOAT_BYTES) + 4 * 3
        copies = self.copies * (self.frames * frame + flows)
        mean = 2 * 3 * FLOAT_BYTES if self.copies > 1 else 0  # the sum, and a copy mirrored back
        return self.pixels * (copies + working + mean)

    def at_work(self, plan: Plan) -> float:
        """The largest of the three steps' tiles."""
        levels = range(self.config.pyramid_levels - 1)
        return max(
            self._column_tile(plan),
            self._fusion_tile(plan),
            *(self._flow_tile(plan, level) for level in levels),
        )

    def cost(self, plan: Plan) -> float:
        """Time, relative to that of the whole frame at once."""
        reach = 2 * DECODER_HALO << (self.config.fusion_pyramid_levels - 1)
        area = self._area(0, plan.tile_px, reach) / (self.size[0] * self.size[1])
        covered = min(plan.tile_px, self.size[0]) * min(plan.tile_px, self.size[1])
        halos = area * self.size[0] * self.size[1] / covered
        return halos * (1 + RECOMPUTING[min(plan.stored_level, len(RECOMPUTING) - 1)])

    def _gaps(self, plan: Plan) -> float:
        return max(LEAST_GAPS_BYTES, self.at_work(plan))

    def _area(self, level: int, side: int, halo: int) -> int:
        """Pixels of a tile with its halo on both sides, no more than the level has."""
        height, width = (min(side + halo, max(length >> level, 1)) for length in self.size)
        return height * width

    def _column_tile(self, plan: Plan) -> float:
        """A tile of features: each stage's input, and what its two convolutions make."""
        config = self.config
        channels = sum(config.stage_channels(j) * 0.25**j for j in range(config.sub_levels))
        values = 3 * FLOAT_BYTES + 2.5 * channels * self.value_bytes
        return self.batch * self._area(0, plan.tile_px, 2 << config.sub_levels) * values

    def _flow_tile(self, plan: Plan, level: int) -> float:
        """A tile of flow: features of both frames, the warped ones, all joined; two layers."""
        config = self.config
        channels = config.feature_channels(level)
        width = config.flow_filters[min(level, config.specialized_levels)]
        side, halo = flow_tile(plan.tile_px, level), 2 * flow_halo(config, level)
        values = (8 * channels + 4 * width) * self.value_bytes + 64
        tile = self.batch * self._area(level, side, halo) * values
        return tile + (self._anew(plan, level) if level < plan.stored_level else 0)

    def _anew(self, plan: Plan, level: int) -> float:
        """Features computed anew: as far as the flow leads, which is twice the tile at a time."""
        config = self.config
        stages = 2.5 * config.filters * self._area(0, 2 * plan.tile_px, 4 << config.sub_levels)
        made = 2 * config.feature_channels(level) * self._area(level, 2 * plan.tile_px >> level, 2)
        return self.batch * (stages + made) * self.value_bytes

    def _fusion_tile(self, plan: Plan) -> float:
        """A tile of the output: the aligned levels, and the finest level's layers."""
        config, size = self.config, self.value_bytes
        aligned = sum(
            (2 * (3 * FLOAT_BYTES + config.feature_channels(level) * size) + 4 * FLOAT_BYTES)
            * 0.25**level
            for level in range(config.fusion_pyramid_levels)
        )
        finest, coarser = config.fusion_channels(0), config.fusion_channels(1)
        layers = (config.aligned_channels(0) + 4 * finest + coarser) * size
        cubic = 300 if config.output == "blend" else 0
        halo = 2 * DECODER_HALO << (config.fusion_pyramid_levels - 1)
        tile = self._area(0, plan.tile_px, halo)
        again = self._anew(plan, 0) if plan.stored_level else 0
        return self.batch * tile * aligned + max(self.batch * tile * max(layers, cubic), again)


def candidates(config: FilmConfig, tile_px: int | None, stored_level: int | None) -> list[Plan]:
    """All plans, or those with a given side or level."""
    sides = TILE_SIDES if tile_px is None else (tile_px,)
    deepest = min(config.sub_levels, config.pyramid_levels, len(RECOMPUTING))
    stored = range(deepest) if stored_level is None else (stored_level,)
    pairs = itertools.product(sides, stored)
    return [Plan(tile_px=side, stored_level=level) for side, level in pairs]


def fastest(plans: list[Plan], demand: Demand, budget_bytes: float) -> Plan | None:
    """The plan of least arithmetic that fits; None if none does."""
    fitting = [plan for plan in plans if demand.estimate(plan) <= budget_bytes]
    return min(fitting, key=demand.cost, default=None)


def smallest(plans: list[Plan], demand: Demand) -> Plan:
    """The plan that takes the least memory."""
    return min(plans, key=demand.estimate)
