"""Image pyramids: step 1 of FILM."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def image_pyramid(image: Tensor, levels: int) -> list[Tensor]:
    """Halve an image again and again by 2x2 averaging; odd sizes round down.

    Args:
        image: (B, 3, H, W).
        levels: how many, the image itself included.

    Returns:
        `levels` tensors, finest first.

    Raises:
        ValueError: a side too short to leave a pixel at the coarsest level.
    """
    height, width = image.shape[-2:]
    if min(height, width) >> (levels - 1) < 1:
        raise ValueError(
            f"{width}x{height} leaves no pixel at the coarsest of {levels} levels; "
            f"a side needs {2 ** (levels - 1)} (the Interpolator pads smaller pictures)"
        )
    pyramid = [image]
    for _ in range(levels - 1):
        pyramid.append(F.avg_pool2d(pyramid[-1], 2))
    return pyramid
