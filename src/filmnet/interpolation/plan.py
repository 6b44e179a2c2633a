"""How a frame is cut into tiles so that it fits into memory."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = 1 << 30
"""A side that no frame exceeds."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Sizes of what is computed at a time, and what is held; the default is all at once."""

    tile_px: int = WHOLE
    """Largest side of a tile, in pixels."""

    stored_level: int = 0
    """Finest pyramid level whose features are held; those of finer ones are computed anew."""
