"""Where the network runs and in which precision: chosen from what the machine has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from filmnet.errors import DeviceError

PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name; `auto` takes CUDA, else MPS, else the CPU.

    Raises:
        DeviceError: no such device, or not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(
            f"device {name!r} is unknown; use auto, cpu, cuda, cuda:N or mps"
        ) from error
    _check_present(device, name)
    return device


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The type of that name; `auto` takes bfloat16 where the hardware multiplies in it.

    Raises:
        DeviceError: no such precision.
    """
    if name == "auto":
        return torch.bfloat16 if has_native_bfloat16(device) else torch.float32
    if name not in PRECISIONS:
        raise DeviceError(f"precision {name!r} is unknown; use auto, {', '.join(PRECISIONS)}")
    return PRECISIONS[name]


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16, so that it gains speed by it."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        return any(
            _cpu_has(test) for test in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        )
    return False


def has_bfloat16_tiles() -> bool:
    """Whether the CPU multiplies whole tiles in bfloat16 (AMX)."""
    return _cpu_has("_is_amx_tile_supported")


def describe_device(device: torch.device, precision: torch.dtype) -> str:
    """Device, precision and threads in a few words."""
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    words = [kind, str(precision).removeprefix("torch.")]
    if device.type == "cpu":
        threads = torch.get_num_threads()
        words.append(f"{threads} thread" + ("s" if threads > 1 else ""))
    return ", ".join(words)


@contextmanager
def clear_memory_errors(width: int, height: int) -> Iterator[None]:
    """Turn out-of-memory errors of what computes frames whole into one sentence.

    Raises:
        DeviceError: the device has not enough memory for frames of this size.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not is_memory_error(error):
            raise
        raise DeviceError(
            f"not enough memory for frames of {width}x{height}; "
            f"use smaller photos, --precision bfloat16, or --device cpu"
        ) from error


def is_memory_error(error: BaseException) -> bool:
    """Whether PyTorch says with this error that a device's memory does not suffice."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error)
    return "can't allocate memory" in text or "out of memory" in text


def _check_present(device: torch.device, name: str) -> None:
    """Refuse a device that PyTorch knows but this machine has not."""
    present = {
        "cpu": device.index in (None, 0),
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present.get(device.type, False):
        raise DeviceError(
            f"device {name!r} is not available here; --device auto takes the best there is"
        )


def _cpu_has(test: str) -> bool:
    """Ask PyTorch's CPU feature test of that name; versions without it have not asked."""
    ask = getattr(torch.cpu, test, None)
    return bool(ask()) if ask is not None else False
