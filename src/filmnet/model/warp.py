"""Sampling pictures and features along a flow.

Flow channels are (dx, dy) in pixels of their own level. Coordinates are float32 whatever the
precision of what is sampled: at 100 px bfloat16 moves in steps of half a pixel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """Backward-warp `image`: `out[y, x] = image[y + dy, x + dx]`, bilinear.

    Samples outside the image take the nearest border pixel.

    Args:
        image: (B, C, H, W), any channels, any floating type.
        flow: (B, 2, H, W), displacement (dx, dy) in pixels of this level, float32.

    Returns:
        (B, C, H, W) in the type of `image`, on the grid of `flow`.

    Source: FILM, section 3; equals tfa.image.dense_image_warp of the negated flow.
    """
    height, width = image.shape[-2:]
    x = torch.arange(width, device=flow.device, dtype=torch.float32)
    y = torch.arange(height, device=flow.device, dtype=torch.float32)[:, None]
    dx, dy = flow.float().unbind(dim=1)
    grid = torch.stack(
        (
            _normalised((dx + x).clamp(0, width - 1), width),
            _normalised((dy + y).clamp(0, height - 1), height),
        ),
        dim=-1,
    )
    # MPS has no border padding; the clamped coordinates make it needless there.
    padding = "zeros" if image.device.type == "mps" else "border"
    sampled = F.grid_sample(image.float(), grid, "bilinear", padding, align_corners=False)
    return sampled.to(image.dtype)


def _normalised(pixels: Tensor, size: int) -> Tensor:
    """Pixel centres 0 … size-1 on grid_sample's scale, -1 … 1 between the outer pixel edges."""
    return (2 * pixels + 1) / size - 1


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a flow to the next finer level: bilinear, half-pixel centres, values doubled.

    Args:
        flow: (B, 2, H, W) in pixels of its level.
        size: (height, width) of the finer level, which need not be twice the coarser one's.

    Returns:
        (B, 2, *size) in pixels of the finer level.
    """
    return F.interpolate(2 * flow, size, mode="bilinear", align_corners=False)


def scale_pyramid(flow_pyramid: list[Tensor], scale: Tensor) -> list[Tensor]:
    """Multiply each level by `scale` (B, 1, 1, 1): the share of the way that has been gone."""
    return [flow * scale for flow in flow_pyramid]
