"""Made frames leave the device: rounded there, so that a quarter of the bytes or half move.

On CUDA they move into pinned memory on a stream of their own, while the next frame is computed:

    stream       make 0   │  make 1   │  make 2
    copies                │  0 moves  │  1 moves
    given out                         0           1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from filmnet.media.pixels import to_codes

Move = Callable[[Tensor], Callable[[], NDArray[Any]]]
"""Starts to move a tensor to host memory, and returns what waits for it."""


def to_arrays(
    images: Iterable[Tensor], dtype: DTypeLike, move: Move | None = None
) -> Iterator[NDArray[Any]]:
    """Made frames as pictures, in order.

    Args:
        images: each (1, 3, H, W), on any device, finite.
        dtype: uint8 or uint16.
        move: how frames move while the next is computed; by default what their device needs,
            which is nothing but on CUDA.

    Returns:
        An iterator of (H, W, 3) of `dtype`. Where frames move, one is computed ahead.
    """
    waiting: Callable[[], NDArray[Any]] | None = None
    for image in images:
        codes = to_codes(image, dtype)
        moving = move or (move_pinned if codes.device.type == "cuda" else None)
        if moving is None:
            yield codes.cpu().numpy()
            continue
        started = moving(codes)
        if waiting is not None:
            yield waiting()
        waiting = started
    if waiting is not None:
        yield waiting()


def move_pinned(codes: Tensor) -> Callable[[], NDArray[Any]]:
    """Start to move a tensor from CUDA through pinned memory, on a stream of its own."""
    stream = _copy_stream(codes.device)
    stream.wait_stream(torch.cuda.current_stream(codes.device))
    host = torch.empty(codes.shape, dtype=codes.dtype, pin_memory=True)
    with torch.cuda.stream(stream):
        host.copy_(codes, non_blocking=True)
    codes.record_stream(stream)
    done = stream.record_event()

    def wait() -> NDArray[Any]:
        done.synchronize()
        return np.array(host.numpy())  # pinned memory is scarce: it serves the next frame

    return wait


_streams: dict[torch.device, torch.cuda.Stream] = {}


def _copy_stream(device: torch.device) -> torch.cuda.Stream:
    """One for each device, for as long as the process runs."""
    if device not in _streams:
        _streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return _streams[device]
