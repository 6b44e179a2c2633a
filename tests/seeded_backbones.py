"""AlexNet and VGG-16 with seeded kernels, and seeded weights of LPIPS and DISTS over them.

The published codes (lpips 0.1.4, DISTS_pytorch 0.1) gave the tests' figures on these very numbers.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

ALEXNET = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
VGG16_NUMBERS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
VGG16_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)


def _kernels(shapes: dict[int, tuple[int, int, int]], seed: int) -> dict[str, Tensor]:
    generator = np.random.default_rng(seed)
    tensors = {}
    for number, (outputs, inputs, side) in shapes.items():
        weight = generator.standard_normal((outputs, inputs, side, side), dtype=np.float32)
        weight = weight * np.float32(np.sqrt(2 / (inputs * side * side)))
        bias = generator.standard_normal(outputs, dtype=np.float32) * np.float32(0.1)
        tensors[f"features.{number}.weight"] = torch.from_numpy(weight)
        tensors[f"features.{number}.bias"] = torch.from_numpy(bias)
    return tensors


@cache
def alexnet_kernels() -> dict[str, Tensor]:
    """Under torchvision's names; not to be changed."""
    return _kernels(ALEXNET, seed=1)


@cache
def vgg16_kernels() -> dict[str, Tensor]:
    """Under torchvision's names; not to be changed."""
    pairs = zip(VGG16_CHANNELS[1:], VGG16_CHANNELS[:-1], strict=True)
    shapes = {k: (*pair, 3) for k, pair in zip(VGG16_NUMBERS, pairs, strict=True)}
    return _kernels(shapes, seed=3)


def lpips_weights() -> dict[str, Tensor]:
    """What lpips' alex.pth holds."""
    generator = np.random.default_rng(2)
    return {
        f"lin{k}.model.1.weight": torch.from_numpy(
            generator.random((1, channels, 1, 1)).astype(np.float32)
        )
        for k, (channels, _, _) in enumerate(ALEXNET.values())
    }


def dists_weights() -> dict[str, Tensor]:
    """What DISTS' weights.pt holds."""
    generator = np.random.default_rng(4)
    return {
        name: torch.from_numpy(generator.random((1, 1475, 1, 1)).astype(np.float32))
        for name in ("alpha", "beta")
    }


def reference_pair() -> list[Tensor]:
    """Two pairs of pictures, (2, 3, 64, 80) each."""
    generator = np.random.default_rng(11)
    a = generator.random((2, 64, 80, 3)).astype(np.float32)
    b = np.clip(a + generator.normal(0, 0.08, a.shape), 0, 1).astype(np.float32)
    return [torch.from_numpy(x).permute(0, 3, 1, 2) for x in (a, b)]
