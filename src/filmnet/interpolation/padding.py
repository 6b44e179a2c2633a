"""Any size in, the network's sizes inside, the same size out.

The published tools pad centred zeros to a multiple of 64; ours follow the weights' metadata.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from filmnet.weights import Padding


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where the picture lies inside its padded self, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def crop(self, padded: Tensor) -> Tensor:
        """Cut the picture out of (…, H, W)."""
        rows = slice(self.top, self.top + self.height)
        return padded[..., rows, self.left : self.left + self.width]


def pad(image: Tensor, padding: Padding, smallest_side: int) -> tuple[Tensor, Box]:
    """Pad (B, C, H, W) to a multiple and to at least `smallest_side`, centred.

    Returns:
        The padded picture, and where the original lies in it; an odd pixel goes after.
    """
    height, width = image.shape[-2:]
    padded_height = _padded_side(height, padding.multiple, smallest_side)
    padded_width = _padded_side(width, padding.multiple, smallest_side)
    top, left = (padded_height - height) // 2, (padded_width - width) // 2
    box = Box(top=top, left=left, height=height, width=width)
    edges = (left, padded_width - width - left, top, padded_height - height - top)
    if not any(edges):
        return image, box
    mode = "constant" if padding.mode == "zeros" else "replicate"
    return F.pad(image, edges, mode=mode), box


def _padded_side(side: int, multiple: int, smallest_side: int) -> int:
    """The smallest multiple that holds both the picture and the pyramid."""
    return -(-max(side, smallest_side) // multiple) * multiple
