"""Sampling pictures and features along a flow.

Flow channels are (dx, dy) in pixels of their own level. Coordinates are float32 whatever the
precision of what is sampled: at 100 px bfloat16 moves in steps of half a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    return warp_all([image], flow)[0]


def warp_cubic(image: Tensor, flow: Tensor) -> Tensor:
    """`warp` with Catmull-Rom's kernel of 4x4 pixels instead of the bilinear one.

    Keeps fine detail that bilinear sampling softens halfway between pixels; a value may exceed
    its neighbours a little at sharp edges.

    Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -1/2.
    """
    batch, _, height, width = image.shape
    x, y = _coordinates(flow, height, width)
    columns, column_shares = _cubic_taps(x, width)
    rows, row_shares = _cubic_taps(y, height)
    pixels = rows[..., :, None] * width + columns[..., None, :]
    shares = row_shares[..., :, None] * column_shares[..., None, :]
    pixels = pixels.flatten(1) + height * width * torch.arange(batch, device=x.device)[:, None]
    weighted_sums = _weighted_sums_by_tap if _is_traced() else _weighted_sums
    return weighted_sums(image, pixels.view(-1, 16), shares.reshape(-1, 16))


def _cubic_taps(position: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The four pixels around each position along one axis, and their shares; (…, 4) each."""
    first = position.floor().nan_to_num(0)
    f = (position - first)[..., None]
    near, far = torch.cat((f, 1 - f), dim=-1), torch.cat((1 + f, 2 - f), dim=-1)
    near = (1.5 * near - 2.5) * near**2 + 1
    far = ((-0.5 * far + 2.5) * far - 4) * far + 2
    shares = torch.cat((far[..., :1], near, far[..., 1:]), dim=-1)
    offsets = torch.arange(-1, 3, device=position.device)
    return (first[..., None].long() + offsets).clamp(0, size - 1), shares


def _coordinates(flow: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where each pixel of the flow looks, x and y (B, H, W), kept within the image."""
    column = torch.arange(width, device=flow.device, dtype=torch.float32)
    row = torch.arange(height, device=flow.device, dtype=torch.float32)[:, None]
    dx, dy = flow.float().unbind(dim=1)
    return (dx + column).clamp(0, width - 1), (dy + row).clamp(0, height - 1)


def warp_all(images: Sequence[Tensor], flow: Tensor) -> list[Tensor]:
    """`warp` several tensors of one size by one flow, whose coordinates are computed once."""
    x, y = _coordinates(flow, images[0].shape[-2], images[0].shape[-1])
    if flow.device.type == "cpu" and not torch.is_grad_enabled() and not _is_traced():
        return _sample_rows(images, x, y)
    return _sample_grid(images, x, y)


def _sample_grid(images: Sequence[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """Values at pixel coordinates x, y, each (B, H, W), within the images; differentiable."""
    height, width = images[0].shape[-2:]
    # grid_sample's scale: -1 … 1 between the outer edges of the border pixels.
    grid = torch.stack(((2 * x + 1) / width - 1, (2 * y + 1) / height - 1), dim=-1)
    # What is no number names no pixel: on the CPU the backward pass would leave the image.
    grid = grid.nan_to_num(0)
    # MPS has no border padding; the clamped coordinates make it needless there.
    padding = "zeros" if grid.device.type == "mps" else "border"
    return [
        F.grid_sample(image.float(), grid, "bilinear", padding, align_corners=False).to(image.dtype)
        for image in images
    ]


def _sample_rows(images: Sequence[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """The same for CPUs: each value is a weighted sum of four pixels, each a row of channels.

    Several times as fast as grid_sample, which reads channel by channel.
    """
    batch, _, height, width = images[0].shape
    x0, y0 = (coordinate.floor().nan_to_num(0) for coordinate in (x, y))
    right, below = x - x0, y - y0
    x1, y1 = (x0 + 1).clamp(max=width - 1), (y0 + 1).clamp(max=height - 1)
    first = height * width * torch.arange(batch, dtype=torch.int64)[:, None, None]
    corners = ((y0, x0), (y0, x1), (y1, x0), (y1, x1))
    pixels = torch.stack([first + (v * width + u).long() for v, u in corners], dim=-1)
    shares = torch.stack(
        ((1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below), dim=-1
    )
    return [_weighted_sums(image, pixels.view(-1, 4), shares.view(-1, 4)) for image in images]


def _weighted_sums(image: Tensor, pixels: Tensor, shares: Tensor) -> Tensor:
    """Per output pixel a sum of input pixels; both arguments are (B * H * W, taps)."""
    batch, channels, height, width = image.shape
    rows = image.permute(0, 2, 3, 1).reshape(-1, channels)
    sums = F.embedding_bag(pixels, rows, mode="sum", per_sample_weights=shares.to(rows.dtype))
    return sums.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _weighted_sums_by_tap(image: Tensor, pixels: Tensor, shares: Tensor) -> Tensor:
    """The same by operations that every other runtime has: embedding_bag would be a loop there."""
    batch, channels, height, width = image.shape
    rows = image.permute(0, 2, 3, 1).reshape(-1, channels)
    taps = zip(pixels.unbind(dim=1), shares.to(rows.dtype).unbind(dim=1), strict=True)
    sums = sum(rows.index_select(0, pixel) * share[:, None] for pixel, share in taps)
    return torch.as_tensor(sums).view(batch, height, width, channels).permute(0, 3, 1, 2)


def _is_traced() -> bool:
    """Whether the network is not computed but recorded, to be computed elsewhere."""
    return torch.compiler.is_compiling()


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
