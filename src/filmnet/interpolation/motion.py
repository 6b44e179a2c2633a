"""Motion between two frames, coarse to fine: FILM's third step, tile by tile where it is large.

Flow is held for the whole frame at every level, in float32, and warps read the whole other frame:
motion of any length crosses tiles.
"""

from __future__ import annotations

import torch
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.interpolation.frame import Frame
from filmnet.interpolation.region import Region, split
from filmnet.interpolation.tiling import flow_halo, flow_tile
from filmnet.model.warp import resize_flow, warp


def estimate_flow(
    blocks: Blocks, frame0: Frame, frame1: Frame, tile_px: int, start: Tensor | None = None
) -> tuple[list[Tensor], list[Tensor]]:
    """Flow pyramids 0→1 and 1→0, both directions in one batch.

    Args:
        blocks: the network's convolutions.
        frame0: one frame.
        frame1: the other, of the same size.
        tile_px: largest side of a tile at the finest level, halved from level to level.

        start: what is known of the coarsest level's flow, (2B, 2, H, W), 0→1 first.

    Returns:
        Finest first, each (B, 2, H_i, W_i) float32, in pixels of its level.
    """
    coarsest = blocks.config.pyramid_levels - 1
    whole = Region(0, 0, *frame0.size(coarsest))
    features0, features1 = (frame.features(coarsest, whole) for frame in (frame0, frame1))
    own, other = torch.cat((features0, features1)), torch.cat((features1, features0))
    if start is None:
        flow = blocks.residual_flow(coarsest, own, other)
    else:
        flow = start + blocks.residual_flow(coarsest, own, warp(other, start))
    pyramid = [flow]
    for level in reversed(range(coarsest)):
        start = resize_flow(flow, frame0.size(level))
        flow = _refine(blocks, frame0, frame1, level, start, flow_tile(tile_px, level))
        pyramid.insert(0, flow)
    directions = [flow.chunk(2) for flow in pyramid]
    return [flow_01 for flow_01, _ in directions], [flow_10 for _, flow_10 in directions]


def _refine(
    blocks: Blocks, frame0: Frame, frame1: Frame, level: int, start: Tensor, side: int
) -> Tensor:
    """A level's flow from the coarser level's, `start`; (2B, 2, H, W), 0→1 first."""
    size = frame0.size(level)
    flow = torch.empty_like(start)
    for tile in split(Region(0, 0, *size), side):
        crop = tile.grown(flow_halo(blocks.config, level)).clipped(size)
        own = torch.cat((frame0.features(level, crop), frame1.features(level, crop)))
        start_01, start_10 = crop.crop(start).chunk(2)
        other = torch.cat(
            (
                frame1.warp_features(level, start_01, crop),
                frame0.warp_features(level, start_10, crop),
            )
        )
        residual = blocks.residual_flow(level, own, other)
        inside = tile.within(crop)
        tile.crop(flow).copy_(inside.crop(residual) + tile.crop(start))
    return flow
