"""Pixels in and out: the one place that converts between depths, arrays and tensors.

Outside, pictures are arrays (H, W, 3), RGB, uint8 or uint16. Inside, they are tensors
(B, 3, H, W), float32, RGB in [0, 1]. On the way out values are clipped and rounded to the
nearest code value, never cut off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

Picture = NDArray[Any]
"""(H, W, 3), RGB, uint8 or uint16."""

STRIP = 256
"""Rows that are rounded at a time: several float32 copies of a whole photo would be large."""

_WHITE = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}
_CODES = {np.dtype(np.uint8): torch.uint8, np.dtype(np.uint16): torch.uint16}


def check_picture(picture: Picture, channels: int = 3) -> Picture:
    """Return `picture` if it is an (H, W, `channels`) array of uint8 or uint16.

    Raises:
        ValueError: another shape or type.
    """
    if picture.ndim != 3 or picture.shape[2] != channels or 0 in picture.shape:
        raise ValueError(f"a picture has the shape (H, W, {channels}), not {picture.shape}")
    _white(picture.dtype)
    return picture


def to_tensor(picture: Picture) -> Tensor:
    """A picture as the network takes it.

    Args:
        picture: (H, W, 3), uint8 or uint16.

    Returns:
        (1, 3, H, W), float32 in [0, 1], on the CPU, with memory of its own: channels-last, as
        pictures are and as the network reads them.

    Raises:
        ValueError: another shape or type.
    """
    white = _white(check_picture(picture).dtype)
    pixels = torch.from_numpy(picture.astype(np.float32, order="C")).div_(white)
    return pixels.permute(2, 0, 1)[None]


def to_array(tensor: Tensor, dtype: DTypeLike) -> Picture:
    """What the network made as a picture, clipped to [0, 1] and rounded.

    Args:
        tensor: (1, 3, H, W) or (3, H, W), any floating type, any device, finite.
        dtype: uint8 or uint16.

    Returns:
        (H, W, 3) of `dtype`.

    Raises:
        ValueError: another shape or type, or a value that is not finite.
    """
    return to_codes(tensor, dtype).cpu().numpy()


def to_codes(tensor: Tensor, dtype: DTypeLike) -> Tensor:
    """`to_array` on the tensor's own device: (H, W, 3), rounded there, so that few bytes move.

    Raises:
        ValueError: as for `to_array`.
    """
    if tensor.shape[-3] != 3 or tensor.ndim not in (3, 4) or tensor.shape[:-3].numel() != 1:
        raise ValueError(f"one picture is (1, 3, H, W) or (3, H, W), not {tuple(tensor.shape)}")
    white = _white(np.dtype(dtype))
    planes = tensor.detach().reshape(tensor.shape[-3:])
    if white > 255 and planes.device.type == "mps":
        planes = planes.cpu()  # MPS has no uint16
    size = (*planes.shape[1:], 3)
    picture = torch.empty(size, dtype=_CODES[np.dtype(dtype)], device=planes.device)
    for top in range(0, len(picture), STRIP):
        strip = planes[:, top : top + STRIP].float()
        if not torch.isfinite(strip).all():
            raise ValueError("a picture with values that are not finite cannot be rounded")
        codes = strip.clamp(0, 1).mul_(white).round_()
        picture[top : top + STRIP] = codes.permute(1, 2, 0)
    return picture


def to_depth(picture: Picture, dtype: DTypeLike) -> Picture:
    """A picture in another depth; the very same array where the depth is right already.

    8 to 16 bit repeats the byte (times 257), so that white stays white; 16 to 8 bit rounds.

    Args:
        picture: (H, W, C), uint8 or uint16.
        dtype: uint8 or uint16.
    """
    wanted = np.dtype(dtype)
    _white(picture.dtype)
    if picture.dtype == wanted:
        return picture
    if _white(wanted) == 65535:
        return picture.astype(np.uint16) * np.uint16(257)
    return ((picture.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _white(dtype: np.dtype[Any]) -> int:
    """The code value of white."""
    if dtype not in _WHITE:
        raise ValueError(f"pictures are uint8 or uint16, not {dtype}")
    return _WHITE[dtype]
