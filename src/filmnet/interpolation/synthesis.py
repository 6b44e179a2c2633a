"""The picture at an instant: FILM's steps 4 and 5, tile by tile."""

from __future__ import annotations

import torch
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.interpolation.frame import Frame
from filmnet.interpolation.tiling import FusionTile, fusion_tiles
from filmnet.model.film import blend
from filmnet.model.warp import warp_cubic


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
