"""Any size in, the network's sizes inside, the same size out.

The published tools pad centred zeros to a multiple of 64; ours follow the weights' metadata.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from filmnet.interpolation.region import Region, Size
from filmnet.weights import Padding


def pad(image: Tensor, padding: Padding, smallest_side: int) -> tuple[Tensor, Region]:
    """Pad (B, C, H, W) to a multiple and to at least `smallest_side`, centred.

    Returns:
        The padded picture, and where the original lies in it; an odd pixel goes after.
    """
    height, width = image.shape[-2:]
    padded_height, padded_width = padded_size((height, width), padding, smallest_side)
    top, left = (padded_height - height) // 2, (padded_width - width) // 2
    box = Region(top, left, height, width)
    edges = (left, padded_width - width - left, top, padded_height - height - top)
    if not any(edges):
        return image, box
    mode = "constant" if padding.mode == "zeros" else "replicate"
    return F.pad(image, edges, mode=mode), box


def padded_size(size: Size, padding: Padding, smallest_side: int) -> Size:
    """The smallest multiples that hold both a picture of that size and the pyramid."""
    height, width = (
        -(-max(side, smallest_side) // padding.multiple) * padding.multiple for side in size
    )
    return height, width
