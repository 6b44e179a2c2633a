"""Scene cuts, found while frames stream past.

A cut is where motion no longer explains the next frame. Frames are made small; the motion from
one to the next is estimated, and the frame that it predicts, its brightness fitted, is compared
with the one that came: what it leaves unexplained, as a share of how much there is to explain,
is the error of a step. A cut is an error that is large, and larger than those of the steps
before and after it, where pans and shakes have theirs. A flash is no cut: what was seen before it
is seen again after it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.media.pixels import Picture, to_depth

_SMALL_PX = 96
"""Shorter side at which frames are compared."""

_LARGE = 0.4
"""Share of unexplained error from which a step may be a cut."""

_ABOVE_NEIGHBOURS = 1.8
"""How many times larger than those of its neighbours it has to be."""

_SURE = 0.85
"""Share from which one neighbour may be a cut as well."""

_LONGEST_FLASH = 3
"""Frames after which what is seen again is a scene that comes back, and the flash was one."""

_NOISE = 4.0
"""Standard deviation, in codes of 8 bits, that is never explained: noise, and near-black."""

Small = NDArray[np.uint8]


class CutDetector:
    """Tells for each frame whether a new scene starts with it; looks one frame ahead."""

    def __init__(self) -> None:
        self._frames: list[Small] = []
        self._error_before = 0.0
        self._error: float | None = None
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def push(self, picture: Picture) -> bool | None:
        """Whether the frame given before this one starts a scene; None if there was none.

        Args:
            picture: (H, W, 3 or 4), uint8 or uint16.
        """
        self._frames.append(_shrink(picture))
        if len(self._frames) == 1:
            return None
        error = self._unexplained(self._frames[-2], self._frames[-1])
        starts = self._decide(error, is_last=False)
        if self._error is not None:
            self._error_before = self._error
        self._error = error
        self._frames = self._frames[-2 - _LONGEST_FLASH :]
        return starts

    def finish(self) -> bool | None:
        """Whether the last frame starts a scene; None if there was no frame."""
        return self._decide(0.0, is_last=True) if self._frames else None

    def _decide(self, error_after: float, *, is_last: bool) -> bool:
        """Whether the step before the last is a cut."""
        if self._error is None or self._error < _LARGE:
            return False
        neighbour = max(self._error_before, error_after)
        if self._error < _ABOVE_NEIGHBOURS * neighbour and self._error < _SURE:
            return False
        return not self._is_flash(is_last=is_last)

    def _is_flash(self, *, is_last: bool) -> bool:
        """Whether the scene before the step is there again after it, or was there before."""
        start = len(self._frames) - (1 if is_last else 2)
        pairs = [(before, start) for before in range(start - 1)]
        if not is_last and start > 0:
            pairs.append((start - 1, start + 1))
        return any(
            self._unexplained(self._frames[before], self._frames[after]) < _LARGE
            for before, after in pairs
        )

    def _unexplained(self, small0: Small, small1: Small) -> float:
        """Share of a frame that does not follow from another, 0 to about 1."""
        if np.array_equal(small0, small1):
            return 0.0
        grey0, grey1 = (cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) for small in (small0, small1))
        no_guess: Any = None
        flow = self._search.calc(_even_light(grey1), _even_light(grey0), no_guess)
        y, x = np.mgrid[0 : flow.shape[0], 0 : flow.shape[1]].astype(np.float32)
        predicted = cv2.remap(
            small0,
            x + flow[..., 0],
            y + flow[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return _share(predicted.astype(np.float32), small1.astype(np.float32))


def _share(predicted: NDArray[np.float32], actual: NDArray[np.float32]) -> float:
    """Error of a prediction with its light fitted, over the spread of what is predicted."""
    predicted = predicted - predicted.mean((0, 1))
    centred = actual - actual.mean((0, 1))
    power = float((predicted * predicted).mean())
    gain = np.clip(float((predicted * centred).mean()) / max(power, 1e-6), 0.25, 4)
    left = np.abs(centred - gain * predicted).mean()
    return float(left / (np.abs(centred).mean() + _NOISE))


def _even_light(grey: Any) -> Any:
    """A grey picture whose overall brightness does not count."""
    return cv2.equalizeHist(grey)


def _shrink(picture: Picture) -> Small:
    """(h, w, 3), the shorter side about 96 pixels."""
    scale = _SMALL_PX / min(picture.shape[:2])
    size = tuple(max(32, round(side * scale)) for side in (picture.shape[1], picture.shape[0]))
    rgb = np.ascontiguousarray(picture[..., :3])
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(to_depth(np.asarray(small), np.uint8), np.uint8)
