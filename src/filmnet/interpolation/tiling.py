"""How far each group of convolutions sees, and which tiles follow from that.

Features and flows are cut into squares from the top-left corner on; the output is not:

The decoder goes from coarse to fine by nearest pixels with half-pixel centres. Where a level has
2n + 1 pixels above a coarser one of n, every coarse pixel counts twice and the middle one three
times:

    coarse      0     1     2     3     4            n = 5
    fine       0 1   2 3  4 5 6  7 8   9 10         2n + 1 = 11

So its tiles are laid out symmetrically to the middle of each axis: one in the middle, as many
before it as after it. A crop before the middle is doubled pixel by pixel from its first pixel on,
a crop behind it up to its last, and a crop symmetric to the middle has the same middle as the
whole. Each gives exactly the whole frame's pixels.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from filmnet.interpolation.region import Region, Size
from filmnet.model import FilmConfig

SMALLEST_TILE_PX = 96
"""Smaller tiles would be all halo."""

COARSE_TILE_PX = 128
"""Tiles of coarse levels are smaller, since those have more channels, but not below that."""

DECODER_HALO = 3
"""Pixels of the coarsest fused level beyond which the decoder sees nothing.

Going from level l to l + 1, two 3x3 convolutions add 2 pixels of level l on each side and the 2x2
convolution one more at the end; halved, from 0 on that stays below 2 before and 3 behind.
"""

Interval = tuple[int, int]
"""Half open, in pixels along one axis."""


@dataclass(frozen=True)
class FusionTile:
    """A part of the output, and what it is computed from."""

    inside: Region
    """What it gives, in pixels of the finest level."""

    crops: tuple[Region, ...]
    """What it looks at, in pixels of each fused level, finest first."""


def column_halo(stage: int) -> int:
    """Pixels of its input beyond which a stage of the feature extractor sees nothing.

    Two 3x3 convolutions per stage see 2 (1 + 2 + … + 2^stage) = 2^(stage + 2) - 2; rounded up to
    a multiple of 2^stage.
    """
    return int(2 ** (stage + 2))


def align(side: int, levels: int) -> int:
    """The largest multiple of 2^levels that is no larger than `side`, and at least that."""
    return max(side >> levels, 1) << levels


def flow_tile(tile_px: int, level: int) -> int:
    """Side of a tile at a level, in pixels of that level."""
    return max(tile_px >> level, min(tile_px, COARSE_TILE_PX))


def flow_halo(config: FilmConfig, level: int) -> int:
    """Pixels of the level beyond which its flow predictor sees nothing: one per convolution."""
    return config.flow_convs[min(level, config.specialized_levels)]


def fusion_tiles(sizes: list[Size], tile_px: int) -> list[FusionTile]:
    """Cut the output into tiles.

    Args:
        sizes: of the fused levels, finest first.
        tile_px: largest side of a tile in pixels of the finest level, crops not counted.

    Returns:
        Tiles whose insides cover the finest level, row by row.
    """
    rows, columns = (_cut_axis([size[axis] for size in sizes], tile_px) for axis in range(2))
    return [
        FusionTile(
            inside=Region.spanning(row_inside, column_inside),
            crops=tuple(map(Region.spanning, row_crops, column_crops)),
        )
        for row_inside, row_crops in rows
        for column_inside, column_crops in columns
    ]


def _cut_axis(lengths: list[int], tile_px: int) -> list[tuple[Interval, list[Interval]]]:
    """Along one axis the inside of each tile, and its crops from the finest level on."""
    coarsest = lengths[-1]
    edges = _symmetric_edges(coarsest, tile_px >> (len(lengths) - 1))
    tiles = []
    for inside in itertools.pairwise(edges):
        crops = [(max(inside[0] - DECODER_HALO, 0), min(inside[1] + DECODER_HALO, coarsest))]
        for coarse, fine in zip(reversed(lengths[1:]), reversed(lengths[:-1]), strict=True):
            inside = _to_finer(inside, coarse, fine)
            crops.insert(0, _to_finer(crops[0], coarse, fine))
        tiles.append((inside, crops))
    return tiles


def _symmetric_edges(length: int, side: int) -> list[int]:
    """Edges 0 … length of an odd number of parts of about `side`, symmetric to the middle.

    The middle part holds the halos of its neighbours up to the middle, and may be a pixel longer
    than `side`.
    """
    smallest = 2 * DECODER_HALO
    parts = -(-length // max(side, smallest)) // 2 * 2 + 1
    if length <= max(side, smallest):
        return [0, length]
    middle = max(-(-length // parts), smallest)
    middle += (length - middle) % 2
    before, halves = (length - middle) // 2, parts // 2
    first = [before * k // halves for k in range(halves + 1)]
    return first + [length - edge for edge in reversed(first)]


def _to_finer(interval: Interval, coarse: int, fine: int) -> Interval:
    """The pixels that an interval becomes at the next finer level; see above."""
    start, stop = interval
    odd = fine - 2 * coarse
    return 2 * start + odd * (2 * start >= coarse), 2 * stop + odd * (2 * stop > coarse)
