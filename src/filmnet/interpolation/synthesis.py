"""The picture at an instant: FILM's steps 4 and 5, tile by tile.

The decoder goes from coarse to fine by nearest pixels with half-pixel centres. Where a level has
2n + 1 pixels above a coarser one of n, every coarse pixel counts twice and the middle one three
times:

    coarse      0     1     2     3     4            n = 5
    fine       0 1   2 3  4 5 6  7 8   9 10         2n + 1 = 11

So tiles are laid out symmetrically to the middle of each axis: one in the middle, as many before
it as after it. A crop that lies before the middle is doubled pixel by pixel from its first pixel
on, a crop behind it up to its last, and a crop symmetric to the middle has the same middle as the
whole. Each gives exactly the whole frame's pixels.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.interpolation.frame import Frame
from filmnet.interpolation.region import Region, Size
from filmnet.model.film import blend
from filmnet.model.warp import warp_cubic

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


def synthesize(
    blocks: Blocks,
    frames: tuple[Frame, Frame],
    flows: tuple[list[Tensor], list[Tensor]],
    t: float,
    tile_px: int,
) -> Tensor:
    """The padded frame at time t, (B, 3, H, W) float32, neither clipped nor rounded.

    Args:
        blocks: the network's convolutions.
        frames: frame 0 and frame 1.
        flows: flow pyramids 0→1 and 1→0.
        t: in [0, 1].
        tile_px: largest side of a tile.
    """
    image = frames[0].images[0]
    output = torch.empty_like(image)
    time = torch.tensor(t, dtype=torch.float32, device=image.device).view(1, 1, 1, 1)
    levels = blocks.config.fusion_pyramid_levels
    for tile in fusion_tiles([frames[0].size(level) for level in range(levels)], tile_px):
        tile.inside.crop(output).copy_(_synthesize_tile(blocks, frames, flows, time, tile))
    return output


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


def _synthesize_tile(
    blocks: Blocks,
    frames: tuple[Frame, Frame],
    flows: tuple[list[Tensor], list[Tensor]],
    time: Tensor,
    tile: FusionTile,
) -> Tensor:
    """The inside of a tile."""
    aligned = []
    flow_01, flow_10 = flows
    for level, crop in enumerate(tile.crops):
        flow_to_0 = crop.crop(flow_10[level]) * time
        flow_to_1 = crop.crop(flow_01[level]) * (1 - time)
        parts0 = frames[0].warp(level, flow_to_0, crop)
        parts1 = frames[1].warp(level, flow_to_1, crop)
        aligned.append([*parts0, *parts1, flow_to_0, flow_to_1])
    inside = tile.inside.within(tile.crops[0])
    fused = inside.crop(blocks.fuse(aligned))
    if blocks.config.output == "image":
        return fused
    sharp0, sharp1 = (
        warp_cubic(frame.images[0], inside.crop(flow), tile.inside.origin)
        for frame, flow in zip(frames, aligned[0][-2:], strict=True)
    )
    return blend(fused, sharp0, sharp1, time)


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
