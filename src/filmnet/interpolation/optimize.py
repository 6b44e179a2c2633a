"""Which way the blocks are computed: from what is asked, the hardware and what is installed.

The choice never depends on a measurement, so that the same inputs give the same output.

    optimize    CPU, float32   CPU, bfloat16             CUDA
    never       layer by layer, as the network is written
    auto        lean           OpenVINO if installed     compiled, once many frames are asked for
                               and the CPU gains, else
                               lean
    always      lean           OpenVINO                  compiled
"""

from __future__ import annotations

import importlib.util
from typing import Literal, get_args

import torch

from filmnet.errors import DeviceError
from filmnet.interpolation.blocks import Blocks, TorchBlocks
from filmnet.interpolation.compiled_blocks import CompiledBlocks
from filmnet.interpolation.device import has_bfloat16_tiles
from filmnet.interpolation.lean_blocks import LeanBlocks
from filmnet.interpolation.openvino_blocks import OpenVinoBlocks
from filmnet.model import Film

Optimize = Literal["auto", "always", "never"]

MANY_FRAMES = 100
"""Frames of one size from which on about a minute of compiling pays on a GPU."""

OPENVINO_MISSING = "pip install 'filmnet[openvino]'"


def check_optimize(optimize: str) -> Optimize:
    """The choice of that name.

    Raises:
        DeviceError: no such choice.
    """
    for known in get_args(Optimize):
        if optimize == known:
            choice: Optimize = known
            return choice
    raise DeviceError(f"optimize {optimize!r} is unknown; use {', '.join(get_args(Optimize))}")


def choose_blocks(model: Film, device: torch.device, optimize: Optimize, frames: int = 1) -> Blocks:
    """The fastest blocks that the choice allows.

    Args:
        model: the network on its device, in its precision.
        device: where it is.
        optimize: `never` the plain way, `auto` what gains from the first frames on or with so many
            frames, `always` what is fastest once it runs.
        frames: how many frames of one size will be made.

    Raises:
        DeviceError: `always` needs a package that is not installed.
    """
    if optimize == "never":
        return TorchBlocks(model)
    if device.type == "cuda" and (optimize == "always" or frames >= MANY_FRAMES):
        return CompiledBlocks(model)
    precision = next(model.extractor.parameters()).dtype
    if device.type != "cpu" or precision == torch.float16:
        return TorchBlocks(model)
    if openvino_helps(device, precision):
        if has_openvino():
            return OpenVinoBlocks(model)
        if optimize == "always":
            raise DeviceError(
                f"the fastest way on this CPU needs OpenVINO: {OPENVINO_MISSING}, "
                f"or leave optimize at auto"
            )
    return LeanBlocks(model)


def blocks_for_tiles(blocks: Blocks, model: Film) -> Blocks:
    """The same blocks, or for those that are compiled for each size the fastest that are not."""
    if not blocks.by_size:
        return blocks
    on_cpu = next(model.parameters()).device.type == "cpu"
    return LeanBlocks(model) if on_cpu else TorchBlocks(model)


def openvino_helps(device: torch.device, precision: torch.dtype) -> bool:
    """Whether OpenVINO is the fastest way there."""
    return device.type == "cpu" and precision == torch.bfloat16 and has_bfloat16_tiles()


def has_openvino() -> bool:
    """Whether the package is installed; it is not imported."""
    return importlib.util.find_spec("openvino") is not None


def describe_blocks(blocks: Blocks) -> str:
    """The way in a few words."""
    words = {
        LeanBlocks: "less arithmetic",
        OpenVinoBlocks: "OpenVINO",
        CompiledBlocks: "compiled by torch.compile",
    }
    return words.get(type(blocks), "layer by layer")
