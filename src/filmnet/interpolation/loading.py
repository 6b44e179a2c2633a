"""From a name or a file to a network that is ready to work."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from filmnet.interpolation.averaging import Averaging, check_copies
from filmnet.interpolation.contract import FrameEngine
from filmnet.interpolation.device import choose_device, choose_precision
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.interpolator import Interpolator
from filmnet.interpolation.memory import parse_bytes
from filmnet.interpolation.onnx_engine import OnnxEngine
from filmnet.interpolation.optimize import check_optimize, choose_blocks
from filmnet.interpolation.planner import Limits
from filmnet.model import Film
from filmnet.weights import find_onnx, load_weights

FRAMES_HELD = {"any": 2, "midpoint": 6}
"""Frames at a time: a pair; by halving, one more per halving up to four."""


def load(
    name_or_path: str | Path | None = None,
    *,
    device: str = "auto",
    precision: str = "auto",
    memory: str | int | None = None,
    tile: int | None = None,
    optimize: str = "auto",
    tta: int = 1,
    frames: int = 1,
) -> Interpolator:
    """Load weights onto a device.

    Args:
        name_or_path: a registered name (`filmnet weights list`), a file or folder of weights in
            any known format, one that `filmnet export` wrote, or None for the package's own.
            An .onnx file is computed by ONNX Runtime (the extra `onnx`), each pair anew.
        device: `auto` (CUDA, else MPS, else CPU), `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto` (bfloat16 where the hardware has it, else float32), `float32`,
            `bfloat16` or `float16`. Flows and the made picture are float32 in all of them.
        memory: how much the whole program may take, in bytes or as `4GB`; by default what is
            free. A frame that needs more is made in tiles, without a seam.
        tile: side of the tiles in pixels, instead of what suits the memory.
        optimize: `auto` (what gains from the first frame on, or within `frames`), `always` (what is
            fastest once it runs, whatever the first frame waits) or `never` (layer by layer). All
            make the same picture within rounding.
        tta: how many mirrored copies a made frame is the mean of (test-time averaging): 1, the
            picture alone; 2, and left to right; 4, and upside down. Sharper, for as many times the
            time and memory.
        frames: how many frames of one size will be made, as far as is known.

    Returns:
        An `Interpolator`. On a CPU with glibc, the process keeps up to 2 GB of freed memory from
        then on instead of handing it back after each layer (docs/performance.md).

    Raises:
        WeightsError: weights that are missing, damaged or of another architecture.
        DeviceError: a device or precision that is not there, an unknown `optimize`, or `always`
            without the package that it needs here.
        InputError: a memory, tile or tta without sense.
    """
    copies = check_copies(tta)
    if (network := find_onnx(name_or_path)) is not None:
        exported = OnnxEngine(network, device, precision)
        return Interpolator(_averaged(exported, copies), network.info)
    chosen = choose_device(device)
    dtype = choose_precision(precision, chosen)
    way = check_optimize(optimize)
    memory_bytes = parse_bytes(memory) if isinstance(memory, str) else memory
    limits = Limits(memory_bytes=memory_bytes, tile_px=tile)
    loaded = load_weights(name_or_path)
    limits = replace(limits, frames=FRAMES_HELD[loaded.info.times], copies=copies)
    model = Film(loaded.info.config)
    model.load_state_dict(loaded.state_dict)
    make_blocks = partial(choose_blocks, device=chosen, optimize=way, frames=frames)
    engine = Engine(model, loaded.info.padding, chosen, dtype, limits, make_blocks)
    return Interpolator(_averaged(engine, copies), loaded.info)


def _averaged(engine: FrameEngine, copies: int) -> FrameEngine:
    """The engine, or the mean of its copies."""
    return engine if copies == 1 else Averaging(engine, copies)
