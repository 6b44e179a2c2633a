"""Rectangles of a pyramid level, and how a frame is cut into them.

A tile is computed on a crop that is larger by a halo: what its convolutions look at. Where a crop
ends at the frame's border they see zeros, as they do on the whole frame. So a tile's inside is
what the whole frame would give, and tiles need no blending.

Averaging halves sizes and rounds down, so that a crop which begins at a multiple of 2^k holds
whole pixels of the next k levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Region:
    """A rectangle in the pixels of one pyramid level."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def spanning(cls, rows: tuple[int, int], columns: tuple[int, int]) -> Region:
        """The region of the half-open intervals `rows` and `columns`."""
        return cls(rows[0], columns[0], rows[1] - rows[0], columns[1] - columns[0])

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + self.width

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the first pixel."""
        return self.top, self.left

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Top, left, height and width."""
        return self.top, self.left, self.height, self.width

    def grown(self, halo: int) -> Region:
        """Larger by `halo` on each side."""
        return Region(
            self.top - halo, self.left - halo, self.height + 2 * halo, self.width + 2 * halo
        )

    def clipped(self, size: Size) -> Region:
        """What lies inside a level of that size."""
        rows = max(self.top, 0), min(self.bottom, size[0])
        return Region.spanning(rows, (max(self.left, 0), min(self.right, size[1])))

    def to_finer(self, levels: int) -> Region:
        """The same place `levels` levels finer."""
        return Region(*(edge << levels for edge in self.edges))

    def to_coarser(self, levels: int) -> Region:
        """The whole pixels that averaging makes of it, `levels` levels coarser.

        The region begins at a multiple of 2^levels.
        """
        rows = self.top >> levels, self.bottom >> levels
        return Region.spanning(rows, (self.left >> levels, self.right >> levels))

    def within(self, outer: Region) -> Region:
        """The same pixels, counted from the first of `outer`."""
        return Region(self.top - outer.top, self.left - outer.left, self.height, self.width)

    def crop(self, tensor: Tensor) -> Tensor:
        """Its part of (…, H, W), a view."""
        return tensor[..., self.top : self.bottom, self.left : self.right]


def size_of(tensor: Tensor) -> Size:
    """Height and width of (…, H, W)."""
    return tensor.shape[-2], tensor.shape[-1]


def split(region: Region, side: int) -> Iterator[Region]:
    """Squares of `side` from the top-left corner on, row by row; the last ones are smaller."""
    for top in range(region.top, region.bottom, side):
        for left in range(region.left, region.right, side):
            rows = top, min(top + side, region.bottom)
            yield Region.spanning(rows, (left, min(left + side, region.right)))
