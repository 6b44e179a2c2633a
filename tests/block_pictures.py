"""Pictures on which a fast path may differ from the plain one, and how far they are apart."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.model import FilmConfig

KINDS = ("scene", "zeros", "ones", "noise", "checkerboard")


def picture(kind: str, channels: int, height: int, width: int) -> Tensor:
    """(2, C, H, W) float32, channels-last, of one kind."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    phase = torch.arange(channels).view(-1, 1, 1)
    plain = {
        "scene": 0.5 + 0.4 * torch.sin(x / 7 + phase) * torch.cos(y / 5) + 0.1 * (x > y),
        "zeros": torch.zeros(channels, height, width),
        "ones": torch.ones(channels, height, width),
        "noise": torch.rand(channels, height, width, generator=torch.Generator().manual_seed(1)),
        "checkerboard": ((x + y + phase) % 2).float(),
    }[kind]
    both = torch.stack((plain, plain.roll(3, -1)))
    return both.contiguous(memory_format=torch.channels_last)


def decibels(made: Tensor, plain: Tensor) -> float:
    """How small the difference is beside the largest plain value; infinite if there is none."""
    error = float((made.double() - plain.double()).square().mean().sqrt())
    largest = float(plain.abs().max())
    return 20 * math.log10(largest / error) if error else math.inf


def outputs(blocks: Blocks, kind: str, height: int, width: int, dtype: torch.dtype) -> list[Tensor]:
    """What each block makes of pictures of one kind."""
    config: FilmConfig = blocks.config

    def features(level: int) -> Tensor:
        size = height >> level, width >> level
        return picture(kind, config.feature_channels(level), *size).to(dtype)

    made = [*blocks.column(picture(kind, 3, height, width), config.sub_levels)]
    made += [blocks.residual_flow(i, features(i), features(i).flip(0)) for i in range(4)]
    aligned = []
    for i in range(config.fusion_pyramid_levels):
        images, flows = (picture(kind, c, height >> i, width >> i) for c in (3, 2))
        aligned.append([images, features(i), images.flip(0), features(i).flip(0), flows, -flows])
    return [x.float() for x in (*made, blocks.fuse(aligned))]
