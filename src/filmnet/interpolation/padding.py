"""Any size in, the network's sizes inside, the same size out.

The published tools pad centred zeros to a multiple of 64; ours follow the weights' metadata.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from filmnet.interpolation.region import Region
from filmnet.weights import Padding


def pad(image: Tensor, padding: Padding, smallest_side: int) -> tuple[Tensor, Region]:
    """Pad (B, C, H, W) to a multiple and to at least `smallest_side`, centred.

    Returns:
        The padded picture, and where the original lies in it; an odd pixel goes after.
    """
    height, width = image.shape[-2:]
    padded_height = _padded_side(height, padding.multiple, smallest_side)
    padded_width = _padded_side(width, padding.multiple, smallest_side)
    top, left = (padded_height - height) // 2, (padded_width - width) // 2
    box = Region(top, left, height, width)
    edges = (left, padded_width - width - left, top, padded_height - height - top)
    if not any(edges):
        return image, box
    mode = "constant" if padding.mode == "zeros" else "replicate"
    return F.pad(image, edges, mode=mode), box


def _padded_side(side: int, multiple: int, smallest_side: int) -> int:
    """The smallest multiple that holds both the picture and the pyramid."""
    return -(-max(side, smallest_side) // multiple) * multiple
