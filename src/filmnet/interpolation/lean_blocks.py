"""The blocks with less arithmetic than they are written with, on a CPU, by PyTorch alone.

- Wide 3x3 convolutions by Winograd's filtering, in float32; their inputs are not joined first.
- 1x1 convolutions as matrix products over pixels, which channels-last memory is ready for.
- A 2x2 convolution of a picture that was doubled by repetition multiplies each pixel with its
  four taps once, 4 products where the doubled picture takes 16, and adds them up in their places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from filmnet.interpolation.winograd import WinogradConv
from filmnet.model import Film
from filmnet.model.flow import FlowPredictor
from filmnet.model.fusion import FusionLevel, concatenate
from filmnet.model.layers import LEAKY_SLOPE, Conv, LeakyConv


class LeanBlocks:
    """FILM's blocks for a CPU."""

    by_size = False

    def __init__(self, model: Film) -> None:
        self.config = model.config
        self._model = model
        self._winograd = {
            module: WinogradConv(module)
            for module in model.modules()
            if isinstance(module, LeakyConv) and WinogradConv.suits(module)
        }
        layers = self._winograd.values()
        self.extra_bytes = sum(layer.matrix_bytes for layer in layers)
        self.extra_bytes += max((layer.workspace_bytes for layer in layers), default=0)

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """Stage after stage, with averaging between them."""
        column: list[Tensor] = []
        for stage in list(self._model.extractor.stages)[:stages]:
            column.append(self._all(stage, [F.avg_pool2d(column[-1], 2) if column else image]))
        return column

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """The predictor of that level."""
        predictor = cast(FlowPredictor, self._model.flow.predictor(level))
        features = self._all(predictor.convs, [own, other])
        reduced = F.leaky_relu_(per_pixel(predictor.reduce, features), LEAKY_SLOPE)
        return per_pixel(predictor.head, reduced)

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """The decoder."""
        fusion = self._model.fusion
        fused = concatenate(aligned[-1], aligned[-1][1].dtype)
        for level in reversed(range(len(fusion.levels))):
            step = cast(FusionLevel, fusion.levels[level])
            height, width = aligned[level][0].shape[-2:]
            upsampled = upsample(step.upsample, fused, (height, width))
            fused = self._all(step.merge, [*aligned[level], upsampled])
        return per_pixel(fusion.head, fused)

    def _all(self, convs: nn.Module, parts: Sequence[Tensor]) -> Tensor:
        """One convolution after the other; the first takes all the parts."""
        x = list(parts)
        for conv in convs.children():
            x = [self._convolve(cast(LeakyConv, conv), x)]
        return x[0]

    def _convolve(self, conv: LeakyConv, parts: Sequence[Tensor]) -> Tensor:
        if conv in self._winograd and WinogradConv.suits_size(*parts[0].shape[-2:]):
            return self._winograd[conv](parts)
        joined = parts[0] if len(parts) == 1 else concatenate(parts, conv.weight.dtype)
        result: Tensor = conv(joined)
        return result


def per_pixel(conv: Conv, x: Tensor) -> Tensor:
    """A 1x1 convolution without its activation, (B, C, H, W) channels-last in and out."""
    rows = x.to(conv.weight.dtype).permute(0, 2, 3, 1)
    return F.linear(rows, conv.weight.flatten(1), conv.bias).permute(0, 3, 1, 2)


def upsample(conv: Conv, x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a picture to a finer size by repetition, and apply a 2x2 convolution there.

    Args:
        conv: a 2x2 `Conv`, which pads with zeros on the right and at the bottom.
        x: (B, C, H, W).
        size: height and width to reach; other than twice those of `x` take the long way.
    """
    height, width = x.shape[-2:]
    if tuple(size) != (2 * height, 2 * width) or conv.weight.dtype != torch.float32:
        longer: Tensor = conv(F.interpolate(x, size, mode="nearest-exact"))
        return longer
    taps = conv.weight.permute(2, 3, 0, 1).reshape(-1, conv.in_channels)
    bias = F.pad(conv.bias, (0, 3 * conv.out_channels)) if conv.bias is not None else None
    products = F.linear(x.permute(0, 2, 3, 1), taps, bias)
    return _place(*products.chunk(4, dim=-1)).permute(0, 3, 1, 2)


def _place(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Sum the products of a 2x2 kernel's taps (a b / c d), each (B, H, W, C), on the doubled grid.

    A doubled pixel's neighbour to the right is the same pixel again, or the next one's first.
    """
    batch, height, width, channels = a.shape
    doubled = a.new_empty(batch, height, 2, width, 2, channels)
    even, odd = doubled.unbind(2)
    above, below = a + b, c + d
    torch.add(above, below, out=even[:, :, :, 0])
    torch.add(above, 0, out=odd[:, :, :, 0])
    odd[:, :-1, :, 0] += below[:, 1:]
    left, right = a + c, b + d
    torch.add(left, 0, out=even[:, :, :, 1])
    even[:, :, :-1, 1] += right[:, :, 1:]
    corner = odd[:, :, :, 1]
    torch.add(a, 0, out=corner)
    corner[:, :, :-1] += b[:, :, 1:]
    corner[:, :-1] += c[:, 1:]
    corner[:, :-1, :-1] += d[:, 1:, 1:]
    return doubled.view(batch, 2 * height, 2 * width, channels)
