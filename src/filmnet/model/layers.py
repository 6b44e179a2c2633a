"""The convolutions that FILM is built from, and how they treat precision.

Weights may be float32, bfloat16 or float16; a layer computes in its weights' type (or in
autocast's). What becomes a flow or a picture leaves in float32, from a layer that computes in it.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAKY_SLOPE = 0.2


class Conv(nn.Conv2d):
    """Convolution whose output has its input's size, as TensorFlow's `SAME`.

    Kernels of even size see one pixel more on the right and at the bottom.
    Initialisation: Glorot-uniform kernel, zero bias.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel, padding=(kernel - 1) // 2)
        self.pads_after = kernel % 2 == 0
        nn.init.xavier_uniform_(self.weight)
        nn.init.zeros_(cast(Tensor, self.bias))

    def forward(self, x: Tensor) -> Tensor:
        if not _is_autocast(x):
            x = x.to(self.weight.dtype)
        return super().forward(F.pad(x, (0, 1, 0, 1)) if self.pads_after else x)


class LeakyConv(Conv):
    """`Conv`, then leaky ReLU with slope 0.2."""

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu_(super().forward(x), LEAKY_SLOPE)


class Head(Conv):
    """A 1x1 convolution that makes a flow or a picture: float32, under autocast too."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        if not _is_autocast(x):
            return super().forward(x).float()
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def _is_autocast(x: Tensor) -> bool:
    """Whether autocast chooses the type of what is computed from `x`."""
    kind = x.device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
