"""VGG-19 as FILM's losses use it: features of pictures, compared instead of their pixels.

    RGB in [0, 1] → input rule
      → conv1_1 conv1_2                   64 channels, full size
      ↓ conv2_1 conv2_2                  128           1/2
      ↓ conv3_1 conv3_2 conv3_3 conv3_4  256           1/4
      ↓ conv4_1 conv4_2 conv4_3 conv4_4  512           1/8
      ↓ conv5_1 conv5_2                  512           1/16
                   taps

Each 3x3 convolution is followed by ReLU, and ↓ is an average over 2x2, not the maximum that the
network was trained with: its gradient reaches every pixel. A tap is a feature after its ReLU.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VggInput = Literal["means", "torchvision"]
"""How pictures are scaled before the first convolution: as the network was trained, whose copies
differ. `means`: times 255, minus (123.68, 116.779, 103.939). `torchvision`: minus (.485, .456,
.406), over (.229, .224, .225). Red first in both."""

VGG_TAPS = ("conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2")
"""The features that FILM's losses compare, finest first."""

BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))
"""Convolutions and channels of each block; between blocks pictures are halved."""

MEANS = (123.68, 116.779, 103.939)
TORCHVISION_MEANS = (0.485, 0.456, 0.406)
TORCHVISION_DEVIATIONS = (0.229, 0.224, 0.225)


class Vgg19(nn.Module):
    """VGG-19 up to its last tap; nothing after it is made or computed.

    It is frozen, for evaluation, in float32; gradients still flow to the pictures. Its kernels are
    to be loaded: a new one holds whatever lay in memory, and takes no random numbers.

    Args:
        taps: which features it gives: the first one or more of `VGG_TAPS`.
        input_rule: what its kernels expect.

    Raises:
        ValueError: other taps, or an unknown input rule.

    Source: Simonyan and Zisserman, "Very deep convolutional networks", 2015, configuration E;
        average pooling and taps: FILM, section 4, and its published code.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, taps: tuple[str, ...] = VGG_TAPS, input_rule: VggInput = "means") -> None:
        super().__init__()
        if not taps or taps != VGG_TAPS[: len(taps)]:
            raise ValueError(f"taps {taps} are not the first of {VGG_TAPS}")
        if input_rule not in get_args(VggInput):
            raise ValueError(f"input rule {input_rule!r} is none of {get_args(VggInput)}")
        self.taps = taps
        self.input_rule = input_rule
        self.convs = nn.ModuleDict(
            {
                name: _bare_convolution(channels_in, channels_out)
                for name, channels_in, channels_out in vgg_convolutions(taps[-1])
            }
        )
        scale, shift = _input_terms(input_rule)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Features of pictures.

        Args:
            image: (B, 3, H, W) RGB in [0, 1], of any size from 1 pixel.

        Returns:
            One (B, C, h, w) for each of `taps`, in their order; h and w are those of the picture,
            halved for each block before, odd sizes rounded up.
        """
        x = image.float() * self.scale + self.shift
        features = []
        for name, conv in self.convs.items():
            if name.endswith("_1") and name != "conv1_1":
                x = _halve(x)
            x = F.relu_(conv(x))
            if name in self.taps:
                features.append(x)
        return features


def vgg_convolutions(last: str = "conv5_4") -> Iterator[tuple[str, int, int]]:
    """Name, input and output channels of VGG-19's convolutions, up to `last`."""
    channels_in = 3
    for block, (count, channels) in enumerate(BLOCKS, start=1):
        for number in range(1, count + 1):
            name = f"conv{block}_{number}"
            yield name, channels_in, channels
            if name == last:
                return
            channels_in = channels


def _bare_convolution(channels_in: int, channels_out: int) -> nn.Conv2d:
    """Not initialised: random numbers for kernels that are loaded anyway would change a run's."""
    return nn.Conv2d(channels_in, channels_out, 3, padding=1, device="meta").to_empty(device="cpu")


def _halve(x: Tensor) -> Tensor:
    """Average over 2x2 pixels; at an odd border over those that are there, as TensorFlow's SAME."""
    return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)


def _input_terms(rule: VggInput) -> tuple[Tensor, Tensor]:
    """Factor and summand, each (3, 1, 1), that make the network's input of RGB in [0, 1]."""
    if rule == "means":
        scale, shift = torch.full((3,), 255.0), -torch.tensor(MEANS)
    else:
        scale = 1 / torch.tensor(TORCHVISION_DEVIATIONS)
        shift = -torch.tensor(TORCHVISION_MEANS) * scale
    return scale.view(3, 1, 1), shift.view(3, 1, 1)
