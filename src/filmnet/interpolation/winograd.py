r"""3x3 convolutions with less than half of the multiplications: Winograd's minimal filtering.

A tile of 4x4 output pixels needs 6x6 input pixels. Both are moved, by additions alone, to where
a convolution is one multiplication per element: 36 per tile and pair of channels, not 144.

    rows of the input ─ B ─▶ 36 planes of tiles ─ matrix product each ─▶ 36 planes ─ A ─▶ 4x4 pixels
                                 kernel ─ G ─▶ 36 matrices ┘

Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016, F(4x4, 3x3)
with the points 0, ±1, ±2. In float32 the result differs from the plain one by about 1e-6 of its
size; in 16 bits these points would lose the picture, so it serves float32 alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from filmnet.model.layers import LEAKY_SLOPE, LeakyConv

TILE = 4
REACH = TILE + 2
PLANES = REACH * REACH
FLOAT_BYTES = 4
LEAST_CHANNELS, WIDE = 64, 128
"""In and out, and the larger of both: with fewer, moving there and back costs what is saved."""

LEAST_TILES = 48
"""Tiles of a picture below which the matrix products are too small to gain."""

CHUNK_TILES = 320
"""Tiles per thread that are worked on at a time: large products, and all stays in the cache."""

KERNEL_TRANSFORM = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)


class WinogradConv:
    """A 3x3 `LeakyConv` in float32 on a CPU.

    Args:
        conv: the layer; its weights are kept, not copied, until the first picture.
    """

    def __init__(self, conv: LeakyConv) -> None:
        self._conv = conv

    @staticmethod
    def suits(conv: LeakyConv) -> bool:
        """Whether the layer gains by this."""
        channels = (conv.in_channels, conv.out_channels)
        wide = min(channels) >= LEAST_CHANNELS and max(channels) >= WIDE
        return wide and conv.kernel_size == (3, 3) and conv.weight.dtype == torch.float32

    @staticmethod
    def suits_size(height: int, width: int) -> bool:
        """Whether a picture of this size has enough tiles."""
        return -(-height // TILE) * -(-width // TILE) >= LEAST_TILES

    @property
    def matrix_bytes(self) -> int:
        """What `matrices` takes."""
        return PLANES * self._conv.in_channels * self._conv.out_channels * FLOAT_BYTES

    @property
    def workspace_bytes(self) -> int:
        """About what a chunk of tiles takes: both sides' planes, half moved ones and spare."""
        tiles = CHUNK_TILES * torch.get_num_threads()
        channels_in, channels_out = self._conv.in_channels, self._conv.out_channels
        planes = (PLANES + REACH * TILE) * (channels_in + channels_out)
        spare = 4 * REACH * max(TILE * channels_in, channels_out)
        return tiles * (planes + spare) * FLOAT_BYTES

    @cached_property
    def matrices(self) -> Tensor:
        """The kernel, moved: (36, channels in, channels out)."""
        kernel = self._conv.weight.detach()
        move = torch.tensor(KERNEL_TRANSFORM, dtype=kernel.dtype)
        moved = torch.einsum("ik,ockl,jl->ijco", move, kernel, move)
        return moved.reshape(PLANES, kernel.shape[1], kernel.shape[0]).contiguous()

    def __call__(self, parts: Sequence[Tensor]) -> Tensor:
        """Convolve the joined parts, (B, C_i, H, W) each, and apply leaky ReLU.

        Returns:
            (B, C, H, W), channels-last in memory.
        """
        batch, _, height, width = parts[0].shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        channels = self._conv.out_channels
        output = torch.empty(batch, rows * TILE, columns * TILE, channels)
        work = _Workspace(self._conv.in_channels, channels, rows, columns)
        for sample in range(batch):
            pictures = [part[sample].permute(1, 2, 0) for part in parts]
            for first in range(0, rows, work.rows):
                count = min(work.rows, rows - first)
                target = output[sample, first * TILE : (first + count) * TILE]
                self._convolve(pictures, work, first, count, target)
        cropped = output[:, :height, :width].permute(0, 3, 1, 2)
        return cropped.contiguous(memory_format=torch.channels_last)

    def _convolve(
        self, pictures: Sequence[Tensor], work: _Workspace, first: int, count: int, target: Tensor
    ) -> None:
        """Some rows of tiles of one sample into `target`, (4 count, 4 columns, C)."""
        work.load(pictures, first, count)
        moved = work.moved[: PLANES * count * work.columns * work.channels_in]
        moved = moved.view(REACH, REACH, count, work.columns, work.channels_in)
        work.move_input(moved, count)
        product = work.product[: PLANES * count * work.columns * work.channels_out]
        product = product.view(PLANES, count * work.columns, work.channels_out)
        torch.bmm(moved.view(PLANES, -1, work.channels_in), self.matrices, out=product)
        # Plane (1, 1) alone reaches all 16 pixels with factor 1.
        bias = self._conv.bias
        if bias is not None:
            product[REACH + 1] += bias
        work.move_output(product.view(REACH, REACH, count, work.columns, -1), target)
        F.leaky_relu_(target, LEAKY_SLOPE)


class _Workspace:
    """Memory for one chunk of tile rows, used again for the next."""

    def __init__(self, channels_in: int, channels_out: int, rows: int, columns: int) -> None:
        self.channels_in, self.channels_out, self.columns = channels_in, channels_out, columns
        self.rows = min(rows, -(-CHUNK_TILES * torch.get_num_threads() // columns))
        tiles = self.rows * columns
        padded = columns * TILE + 2
        self.picture = torch.zeros(self.rows * TILE + 2, padded, channels_in)
        self.half_input = torch.empty(REACH * self.rows * padded * channels_in)
        self.moved = torch.empty(PLANES * tiles * channels_in)
        self.product = torch.empty(PLANES * tiles * channels_out)
        self.half_output = torch.empty(TILE * REACH * tiles * channels_out)
        spare = REACH * max(self.rows * padded * channels_in, tiles * channels_out)
        self.spare = [torch.empty(spare) for _ in range(4)]

    def load(self, pictures: Sequence[Tensor], first: int, count: int) -> None:
        """Copy the pixels that tiles from row `first` on need, zeros beyond the border."""
        height, width = pictures[0].shape[:2]
        begin = first * TILE - 1
        top, bottom = max(begin, 0), min(begin + count * TILE + 2, height)
        self.picture[: top - begin] = 0
        self.picture[bottom - begin :] = 0
        channel = 0
        for picture in pictures:
            after = channel + picture.shape[2]
            rows = self.picture[top - begin : bottom - begin]
            rows[:, 1 : width + 1, channel:after] = picture[top:bottom]
            channel = after

    def move_input(self, moved: Tensor, count: int) -> None:
        """Loaded pixels to (6, 6, rows, columns, C)."""
        padded = self.picture.shape[1]
        half = self.half_input[: REACH * count * padded * self.channels_in]
        half = half.view(REACH, count, padded, self.channels_in)
        last = (count - 1) * TILE + 1
        _forth(
            [self.picture[i : i + last : TILE] for i in range(REACH)],
            [half[i] for i in range(REACH)],
            self.spare,
        )
        last = (self.columns - 1) * TILE + 1
        _forth(
            [half[:, :, j : j + last : TILE] for j in range(REACH)],
            [moved[:, j] for j in range(REACH)],
            self.spare,
        )

    def move_output(self, product: Tensor, target: Tensor) -> None:
        """(6, 6, rows, columns, C) to pixels."""
        count = product.shape[2]
        half = self.half_output[: TILE * product[0].numel()].view(TILE, *product.shape[1:])
        _back([product[i] for i in range(REACH)], [half[i] for i in range(TILE)], self.spare)
        pixels = target.view(count, TILE, self.columns, TILE, -1).transpose(0, 1)
        _back(
            [half[:, j] for j in range(REACH)],
            [pixels[..., j, :] for j in range(TILE)],
            self.spare,
        )


def _forth(x: Sequence[Tensor], out: Sequence[Tensor], spare: Sequence[Tensor]) -> None:
    """The input's transform along one axis, six numbers to six."""
    a, b, c, d = (memory[: x[0].numel()].view(x[0].shape) for memory in spare)
    torch.sub(x[4], x[2], alpha=4, out=a)
    torch.sub(x[3], x[1], alpha=4, out=b)
    torch.add(a, b, out=out[1])
    torch.sub(a, b, out=out[2])
    torch.sub(x[4], x[2], out=c)
    torch.sub(x[3], x[1], out=d)
    torch.add(c, d, alpha=2, out=out[3])
    torch.sub(c, d, alpha=2, out=out[4])
    torch.sub(x[0], x[2], out=a)
    torch.add(c, a, alpha=4, out=out[0])
    torch.sub(x[5], x[3], out=b)
    torch.sub(b, d, alpha=4, out=out[5])


def _back(x: Sequence[Tensor], out: Sequence[Tensor], spare: Sequence[Tensor]) -> None:
    """The output's transform along one axis, six numbers to four."""
    a, b, c, d = (memory[: x[0].numel()].view(x[0].shape) for memory in spare)
    torch.add(x[1], x[2], out=a)
    torch.sub(x[1], x[2], out=b)
    torch.add(x[3], x[4], out=c)
    torch.sub(x[3], x[4], out=d)
    torch.add(b, d, alpha=2, out=out[1])
    torch.add(a, c, alpha=4, out=out[2])
    a.add_(x[0])
    torch.add(a, c, out=out[0])
    b.add_(x[5])
    torch.add(b, d, alpha=8, out=out[3])
