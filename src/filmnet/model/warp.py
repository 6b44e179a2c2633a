"""Sampling pictures and features along a flow.

Flow channels are (dx, dy) in pixels of their own level. Coordinates are float32 whatever the
precision of what is sampled: at 100 px bfloat16 moves in steps of half a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

Origin = tuple[int, int]
"""Row and column, in pixels."""


def warp(image: Tensor, flow: Tensor, origin: Origin = (0, 0)) -> Tensor:
    """Backward-warp `image`: `out[y, x] = image[y + dy, x + dx]`, bilinear.

    Samples outside the image take the nearest border pixel.

    Args:
        image: (B, C, H, W), any channels, any floating type.
        flow: (B, 2, h, w), displacement (dx, dy) in pixels of this level, float32.
        origin: row and column of the image at which the flow's first pixel lies: a flow on a part
            of the image's grid gives that part of the warped image.

    Returns:
        (B, C, h, w) in the type of `image`, on the grid of `flow`.

    Source: FILM, section 3; equals tfa.image.dense_image_warp of the negated flow.
    """
    return warp_all([image], flow, origin)[0]


def warp_all(images: Sequence[Tensor], flow: Tensor, origin: Origin = (0, 0)) -> list[Tensor]:
    """`warp` several tensors of one size by one flow, whose coordinates are computed once."""
    if flow.device.type == "cpu" and not torch.is_grad_enabled() and not _is_traced():
        return _sample_rows(images, flow, origin)
    return _sample_grid(images, flow, origin)


def warp_cubic(image: Tensor, flow: Tensor, origin: Origin = (0, 0)) -> Tensor:
    """`warp` with Catmull-Rom's kernel of 4x4 pixels instead of the bilinear one.

    Keeps fine detail that bilinear sampling softens halfway between pixels; a value may exceed
    its neighbours a little at sharp edges.

    Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -1/2.
    """
    height, width = image.shape[-2:]
    dx, dy = flow.float().unbind(dim=1)
    columns, column_shares = _cubic_taps(*_place(dx, -1, origin[1], width), width)
    rows, row_shares = _cubic_taps(*_place(dy, -2, origin[0], height), height)
    pixels = rows[..., :, None] * width + columns[..., None, :]
    shares = row_shares[..., :, None] * column_shares[..., None, :]
    pixels += _first_pixels(image)[..., None, None]
    weighted_sums = _weighted_sums_by_tap if _is_traced() else _weighted_sums
    return weighted_sums(image, pixels.flatten(-2), shares.flatten(-2))


def _place(displacement: Tensor, dim: int, first: int, size: int) -> tuple[Tensor, Tensor]:
    """Where each pixel looks along one axis, kept within the image: whole pixels and the rest.

    The displacement is split before the pixel's own place is added, so that the rest is as exact
    far from the first pixel as near it, and a part of the grid gives what the whole gives.
    """
    whole = displacement.floor()
    rest = displacement - whole
    places = torch.arange(first, first + whole.shape[dim], device=whole.device, dtype=whole.dtype)
    whole = whole.nan_to_num(0) + (places[:, None] if dim == -2 else places)
    outside = (whole < 0) | (whole >= size - 1)
    return whole.clamp(0, size - 1), rest.masked_fill(outside & ~rest.isnan(), 0)


def _cubic_taps(whole: Tensor, f: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The four pixels around each position along one axis, and their shares; (…, 4) each."""
    f = f[..., None]
    near, far = torch.cat((f, 1 - f), dim=-1), torch.cat((1 + f, 2 - f), dim=-1)
    near = (1.5 * near - 2.5) * near**2 + 1
    far = ((-0.5 * far + 2.5) * far - 4) * far + 2
    shares = torch.cat((far[..., :1], near, far[..., 1:]), dim=-1)
    offsets = torch.arange(-1, 3, device=whole.device, dtype=torch.int32)
    return (whole[..., None].int() + offsets).clamp(0, size - 1), shares


def _sample_grid(images: Sequence[Tensor], flow: Tensor, origin: Origin) -> list[Tensor]:
    """Samples by PyTorch's own function; differentiable."""
    height, width = images[0].shape[-2:]
    row, column = (
        torch.arange(first, first + size, device=flow.device, dtype=torch.float32)
        for first, size in zip(origin, flow.shape[-2:], strict=True)
    )
    dx, dy = flow.float().unbind(dim=1)
    x, y = (dx + column).clamp(0, width - 1), (dy + row[:, None]).clamp(0, height - 1)
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


def _sample_rows(images: Sequence[Tensor], flow: Tensor, origin: Origin) -> list[Tensor]:
    """The same for CPUs: each value is a weighted sum of four pixels, each a row of channels.

    Several times as fast as grid_sample, which reads channel by channel.
    """
    height, width = images[0].shape[-2:]
    dx, dy = flow.float().unbind(dim=1)
    left, to_right = _place(dx, -1, origin[1], width)
    top, to_below = _place(dy, -2, origin[0], height)
    x0, y0 = left.int(), top.int()
    x1, y1 = (x0 + 1).clamp_(max=width - 1), (y0 + 1).clamp_(max=height - 1)
    first = _first_pixels(images[0])
    y0, y1 = y0.mul_(width).add_(first), y1.mul_(width).add_(first)
    pixels = torch.stack((y0 + x0, y0 + x1, y1 + x0, y1 + x1), dim=-1)
    to_left, to_above = 1 - to_right, 1 - to_below
    shares = torch.stack(
        (to_left * to_above, to_right * to_above, to_left * to_below, to_right * to_below), dim=-1
    )
    return [_weighted_sums(image, pixels, shares) for image in images]


def _first_pixels(image: Tensor) -> Tensor:
    """The number of each sample's first pixel, (B, 1, 1)."""
    batch, _, height, width = image.shape
    numbers = torch.arange(batch, device=image.device, dtype=torch.int32)
    return (height * width * numbers)[:, None, None]


def _weighted_sums(image: Tensor, pixels: Tensor, shares: Tensor) -> Tensor:
    """Per output pixel a sum of input pixels; both arguments are (B, h, w, taps)."""
    channels, taps = image.shape[1], pixels.shape[-1]
    rows = image.permute(0, 2, 3, 1).reshape(-1, channels)
    sums = F.embedding_bag(
        pixels.view(-1, taps),
        rows,
        mode="sum",
        per_sample_weights=shares.view(-1, taps).to(rows.dtype),
    )
    return sums.view(*pixels.shape[:3], channels).permute(0, 3, 1, 2)


def _weighted_sums_by_tap(image: Tensor, pixels: Tensor, shares: Tensor) -> Tensor:
    """The same by operations that every other runtime has: embedding_bag would be a loop there."""
    channels, taps = image.shape[1], pixels.shape[-1]
    rows = image.permute(0, 2, 3, 1).reshape(-1, channels)
    numbers, weights = pixels.reshape(-1, taps), shares.to(rows.dtype).reshape(-1, taps)
    parts = zip(numbers.unbind(dim=1), weights.unbind(dim=1), strict=True)
    sums = sum(rows.index_select(0, pixel) * share[:, None] for pixel, share in parts)
    return torch.as_tensor(sums).view(*pixels.shape[:3], channels).permute(0, 3, 1, 2)


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
