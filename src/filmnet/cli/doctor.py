"""`filmnet doctor`: what will be used on this machine, why, and how fast it is."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet import __version__
from filmnet.cli.options import Device, Memory, Optimize, Precision, Tile, Weights
from filmnet.errors import WeightsError

if TYPE_CHECKING:
    import torch

    from filmnet.interpolation import Interpolator

LABEL_WIDTH = 14
GIB = 1 << 30
TIMED_SIZE = (1280, 720)
"""Width and height of the frames that the timing makes, in pixels."""

TIMED_FRAMES = 2


def doctor(
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    skip_timing: Annotated[
        bool, typer.Option("--skip-timing", help="Do not measure the speed.")
    ] = False,
) -> None:
    """Show versions, device, precision, memory, encoders and weights; measure the speed at 720p."""
    for label, value in (*_versions(), *_machine(), *_encoders()):
        _show(label, value)
    from filmnet.interpolation import load
    from filmnet.interpolation.device import choose_device, choose_precision

    chosen = choose_device(device)
    dtype = choose_precision(precision, chosen)
    _show("device", _device_reason(device, chosen))
    _show("precision", _precision_reason(precision, chosen, dtype))
    try:
        interpolator = load(
            weights,
            device=device,
            precision=precision,
            memory=memory,
            tile=tile,
            optimize=optimize,
        )
    except WeightsError as error:
        if weights is not None:
            raise
        _show("weights", f"none: {error}")
        return
    _show("in use", interpolator.describe())
    if advice := _advice(optimize, chosen, dtype):
        _show("", advice)
    if not skip_timing:
        width, height = TIMED_SIZE
        seconds = seconds_per_frame(interpolator, width, height)
        _show("speed", f"{seconds:.2f} s per made frame of {width}x{height}")


def seconds_per_frame(interpolator: Interpolator, width: int, height: int) -> float:
    """Measure how long a frame between two photos takes, the best of some after a first.

    Args:
        interpolator: what `filmnet.load` returned.
        width: of the frames, in pixels.
        height: of the frames, in pixels.

    Returns:
        Seconds, with all that belongs to a new pair of photos.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    durations = []
    for _ in range(TIMED_FRAMES + 1):
        photos = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
        start = time.perf_counter()
        interpolator.midpoint(photos[0], photos[1])
        durations.append(time.perf_counter() - start)
    return min(durations[1:])


def _show(label: str, value: str) -> None:
    typer.echo(f"{label:{LABEL_WIDTH}}{value}")


def _versions() -> Iterator[tuple[str, str]]:
    import av
    import pillow_heif
    import torch
    from PIL import __version__ as pillow_version

    yield "filmnet", __version__
    yield "Python", f"{platform.python_version()} ({platform.system()} {platform.machine()})"
    yield "PyTorch", torch.__version__
    yield "PyAV", f"{av.__version__} (FFmpeg {av.ffmpeg_version_info})"
    yield "Pillow", pillow_version
    yield "pillow-heif", f"{pillow_heif.__version__} (libheif {pillow_heif.libheif_version()})"


def _machine() -> Iterator[tuple[str, str]]:
    import torch

    yield "threads", f"{torch.get_num_threads()} of {os.cpu_count()} CPUs"
    yield "memory", _memory()
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        name = torch.cuda.get_device_name(index)
        yield f"cuda:{index}", f"{name}, {total / GIB:.1f} GiB, {free / GIB:.1f} GiB free"


def _memory() -> str:
    """Total and free memory, as far as the system says."""
    if sys.platform == "linux":
        lines = Path("/proc/meminfo").read_text().splitlines()
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        total, free = kib["MemTotal"] / 2**20, kib["MemAvailable"] / 2**20
        return f"{total:.1f} GiB, {free:.1f} GiB free"
    if hasattr(os, "sysconf"):
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
        return f"{total:.1f} GiB"
    return "unknown on this system"


def _encoders() -> Iterator[tuple[str, str]]:
    from filmnet.media.formats import ENCODERS

    names = {True: list[str](), False: list[str]()}
    for codec, encoder in ENCODERS.items():
        names[_has_encoder(encoder.name)].append(f"{codec} ({encoder.name})")
    yield "encoders", ", ".join(names[True])
    if names[False]:
        yield "", f"missing: {', '.join(names[False])}"


def _has_encoder(name: str) -> bool:
    from av.codec.codec import Codec, UnknownCodecError

    try:
        Codec(name, "w")
    except UnknownCodecError:
        return False
    return True


def _advice(optimize: str, device: torch.device, dtype: torch.dtype) -> str | None:
    """What to install where it would help."""
    from filmnet.interpolation.optimize import OPENVINO_MISSING, has_openvino, openvino_helps

    if optimize == "never" or has_openvino() or not openvino_helps(device, dtype):
        return None
    return f"faster on this CPU with OpenVINO: {OPENVINO_MISSING}"


def _device_reason(asked: str, device: torch.device) -> str:
    if asked != "auto":
        return f"{device} (asked for)"
    reason = "no CUDA or MPS device found" if device.type == "cpu" else "the fastest there is"
    return f"{device} ({reason})"


def _precision_reason(asked: str, device: torch.device, dtype: torch.dtype) -> str:
    name = str(dtype).removeprefix("torch.")
    if asked != "auto":
        return f"{name} (asked for)"
    has = "has" if name == "bfloat16" else "has no"
    return f"{name} (this {device.type} {has} instructions for bfloat16)"
