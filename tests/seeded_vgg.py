"""A VGG-19 with seeded kernels, that of the figures in losses.json: no download, no photo."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from filmnet.model import VGG_TAPS, Vgg19

Array = NDArray[Any]

CONVS = {
    "conv1_1": (3, 64),
    "conv1_2": (64, 64),
    "conv2_1": (64, 128),
    "conv2_2": (128, 128),
    "conv3_1": (128, 256),
    "conv3_2": (256, 256),
    "conv3_3": (256, 256),
    "conv3_4": (256, 256),
    "conv4_1": (256, 512),
    "conv4_2": (512, 512),
    "conv4_3": (512, 512),
    "conv4_4": (512, 512),
    "conv5_1": (512, 512),
    "conv5_2": (512, 512),
}


@cache
def seeded_kernels() -> dict[str, tuple[Array, Array]]:
    """Kernel (3, 3, in, out) for RGB and bias (out,) of each convolution; not to be changed."""
    generator = np.random.default_rng(19)
    kernels = {}
    for name, (channels_in, channels_out) in CONVS.items():
        kernel = generator.standard_normal((3, 3, channels_in, channels_out))
        kernel = (kernel * np.sqrt(2 / (9 * channels_in))).astype(np.float32)
        kernels[name] = (kernel, (generator.standard_normal(channels_out) * 0.1).astype(np.float32))
    return kernels


@cache
def seeded_state() -> dict[str, torch.Tensor]:
    """The same as `Vgg19().convs` has them."""
    state = {}
    for name, (kernel, bias) in seeded_kernels().items():
        state[f"{name}.weight"] = torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous()
        state[f"{name}.bias"] = torch.from_numpy(bias)
    return state


def seeded_vgg(taps: tuple[str, ...] = VGG_TAPS) -> Vgg19:
    """The network, up to the last of `taps`."""
    network = Vgg19(taps)
    network.convs.load_state_dict(
        {name: seeded_state()[name] for name in network.convs.state_dict()}
    )
    return network
