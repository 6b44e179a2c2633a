"""The networks under LPIPS and DISTS, as far as these need them, with torchvision's kernels.

torchvision itself is not needed: its `.pth` files are plain lists of kernels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from filmnet.errors import WeightsError

ALEXNET = {0: (3, 64, 11, 4, 2), 3: (64, 192, 5, 1, 2), 6: (192, 384, 3, 1, 1)}
ALEXNET |= {8: (384, 256, 3, 1, 1), 10: (256, 256, 3, 1, 1)}
"""torchvision's number → channels in and out, kernel, stride, padding."""

VGG16_BLOCKS = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""torchvision's numbers of each block's convolutions."""

VGG16_CHANNELS = (64, 128, 256, 512, 512)


class AlexNet(nn.Module):
    """AlexNet's five convolutions; gives the feature after each one's ReLU.

    Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleDict({str(k): _conv(*shape) for k, shape in ALEXNET.items()})

    def forward(self, image: Tensor) -> list[Tensor]:
        features = []
        x = image
        for number, conv in self.convs.items():
            if number in ("3", "6"):
                x = F.max_pool2d(x, 3, stride=2)
            x = F.relu(conv(x))
            features.append(x)
        return features


class Vgg16(nn.Module):
    """VGG-16 that halves by blurred L2 pooling; gives the feature after each block.

    Source: Simonyan and Zisserman, 2015, configuration D; pooling: Hénaff and Simoncelli, 2016.
    """

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        convs, channels_in = {}, 3
        for numbers, channels in zip(VGG16_BLOCKS, VGG16_CHANNELS, strict=True):
            for number in numbers:
                convs[str(number)] = _conv(channels_in, channels, 3, 1, 1)
                channels_in = channels
        self.convs = nn.ModuleDict(convs)
        window = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("window", window[:, None] * window, persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        features = []
        x = image
        for block, numbers in enumerate(VGG16_BLOCKS):
            if block:
                x = self._pool(x)
            for number in numbers:
                x = F.relu(self.convs[str(number)](x))
            features.append(x)
        return features

    def _pool(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        window = self.window.expand(channels, 1, 3, 3)
        energy = F.conv2d(x.square(), window, stride=2, padding=1, groups=channels)
        return (energy + 1e-12).sqrt()


def load_kernels(convs: nn.ModuleDict, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Fill convolutions with torchvision's `features.N.weight` and `.bias`.

    Raises:
        WeightsError: one is missing or of another shape.
    """
    for number, conv in convs.items():
        for part, target in conv.named_parameters():
            name = f"features.{number}.{part}"
            target.data = take(tensors, name, target.shape, path)


def take(tensors: Mapping[str, Tensor], name: str, shape: Sequence[int], path: Path) -> Tensor:
    """A tensor of that name and shape, in float32.

    Raises:
        WeightsError: it is missing or of another shape.
    """
    found = tensors.get(name)
    if found is None or tuple(found.shape) != tuple(shape):
        what = "is missing" if found is None else f"has the shape {tuple(found.shape)}"
        raise WeightsError(
            f"{path}: {name} {what}, expected {tuple(shape)}; this is another network's file"
        )
    return found.float()


def _conv(channels_in: int, channels_out: int, kernel: int, stride: int, padding: int) -> nn.Conv2d:
    """Not initialised: kernels are loaded."""
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding, device="meta")
    return conv.to_empty(device="cpu").requires_grad_(False)
