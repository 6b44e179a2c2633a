"""Flow as a picture: direction is hue, length is saturation.

The usual colour wheel of the field, through whose table of 55 colours this one runs smoothly. Its
six pure colours lie unevenly, so that equal steps look equally far apart; no motion is white.

    place   0    15      21     25    36    49       55 = 0
            red  yellow  green  cyan  blue  magenta  red
    motion  right, down at 13.75, left at 27.5, up at 41.25
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLACES = (0, 15, 21, 25, 36, 49, 55)
COLOURS = ((1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 0, 0))
OVERLONG_SHADE = 0.75


def draw_flow(flow: NDArray[Any], longest_px: float | None = None) -> NDArray[np.uint8]:
    """Colours of a flow.

    Args:
        flow: (2, H, W), displacement (dx, dy) in pixels, y downwards.
        longest_px: the length that is drawn fully saturated, so that several pictures can share
            a scale; the flow's own longest if not given. Longer ones are drawn darker.

    Returns:
        (H, W, 3) RGB; black where the flow is not a finite number.

    Raises:
        ValueError: not such an array, or `longest_px` is not above 0.

    Source: Baker et al., "A database and evaluation methodology for optical flow", 2011.
    """
    if flow.ndim != 3 or flow.shape[0] != 2:
        raise ValueError(f"a flow of shape {flow.shape} is not (2, H, W)")
    if longest_px is not None and not longest_px > 0:
        raise ValueError(f"longest_px {longest_px} is not above 0")
    known = np.isfinite(flow).all(axis=0)
    dx, dy = np.where(known, flow, 0).astype(np.float64)
    length = np.hypot(dx, dy)
    if longest_px is None:
        longest_px = float(length.max(initial=0)) or 1.0
    saturation = (length / longest_px)[..., None]
    hue = _wheel(np.arctan2(dy, dx))
    colours = np.where(saturation <= 1, 1 - saturation * (1 - hue), OVERLONG_SHADE * hue)
    colours[~known] = 0
    drawn: NDArray[np.uint8] = np.rint(255 * colours).astype(np.uint8)
    return drawn


def _wheel(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pure colours (…, 3) of directions in radians, 0 to the right, clockwise on the screen."""
    place = angle / (2 * np.pi) % 1 * PLACES[-1]
    return np.stack(
        [np.interp(place, PLACES, channel) for channel in np.transpose(COLOURS)], axis=-1
    )
