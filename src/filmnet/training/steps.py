"""Steps from a frame of a clip to the next: which of them show true motion.

Left out is what would teach something false: a cut (the two belong to different scenes), a repeat
(a frame shown twice says that nothing moved where something did), a flash (light that no motion
explains: a photographer's, lightning, a lamp switched on), and a step that takes longer or
shorter than those around it (a triplet's t counts frames).
"""

from __future__ import annotations

from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.training.pictures import Pixels

CUT_DIFFERENCE = 0.07
"""Mean luma difference (of 1) of neighbouring frames above which a cut is possible …"""

CUT_RATIO = 3.0
"""… and is taken for one if it exceeds the neighbours' median difference this many times."""

REPEAT_DIFFERENCE = 0.0012
"""Mean luma difference (of 1) below which a frame repeats the one before."""

LIGHT_CELLS = 4
"""Cells per side of the grid on which light is measured."""

FLASH_SHARE = 0.375
"""Share of the cells that a flash lights, at least …"""

FLASH_LIGHT = 0.04
"""… and by how much (of 1) each, at least; a jump not of the neighbours' kind, as with cuts …"""

FLASH_FRAMES = 2
"""… or one that is undone within this many frames, so that a strobe counts, too."""

UNEVEN_SHARE = 0.3
"""Share by which a step's duration may differ from that of the steps around it."""

NEIGHBOURS = 4
"""Steps on either side with which a step is compared."""


class Step(IntEnum):
    """What a step shows."""

    MOTION = 0
    CUT = 1
    REPEAT = 2
    FLASH = 3
    UNEVEN = 4


class StepRecord:
    """What is kept of each frame of a clip to judge its steps by: a few numbers."""

    def __init__(self) -> None:
        self._differences: list[float] = []
        self._light: list[NDArray[np.float32]] = []
        self._seconds: list[float] = []
        self._last: Pixels | None = None

    def add(self, pixels: Pixels, seconds: float) -> None:
        """Note the next frame, (H, W, 3), and when it is shown (NaN if that is unknown)."""
        if self._last is not None:
            same = self._last.shape == pixels.shape
            self._differences.append(luma_difference(self._last, pixels) if same else 1.0)
        self._light.append(measure_light(pixels))
        self._seconds.append(seconds)
        self._last = pixels

    def judge(self) -> NDArray[np.int8]:
        """The kinds of the steps between the frames, as `judge_steps`."""
        if len(self._light) < 2:
            return np.zeros(0, dtype=np.int8)
        return judge_steps(
            np.array(self._differences), np.stack(self._light), np.diff(self._seconds)
        )


def judge_steps(
    differences: NDArray[np.floating],
    light: NDArray[np.floating],
    seconds: NDArray[np.floating],
) -> NDArray[np.int8]:
    """What each step from a frame to the next shows.

    Args:
        differences: (N - 1,) mean absolute luma difference of neighbouring frames, of 1.
        light: (N, cells) mean luma of each frame's cells, of 1.
        seconds: (N - 1,) time between neighbouring frames; NaN where unknown counts as even.

    Returns:
        (N - 1,) of `Step`.
    """
    kinds = np.full(len(differences), Step.MOTION, dtype=np.int8)
    kinds[_is_uneven(seconds)] = Step.UNEVEN
    kinds[_is_jump(_light_jumps(light), FLASH_LIGHT)] = Step.FLASH
    kinds[_is_jump(differences, CUT_DIFFERENCE)] = Step.CUT
    kinds[_is_undone(light)] = Step.FLASH
    kinds[differences <= REPEAT_DIFFERENCE] = Step.REPEAT
    return kinds


def measure_light(pixels: Pixels) -> NDArray[np.float32]:
    """Mean luma of the cells of a frame, (cells,), of 1."""
    size = (LIGHT_CELLS, LIGHT_CELLS)
    cells = cv2.resize(luma(pixels).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cells.reshape(-1) / 255, dtype=np.float32)


def luma_difference(pixels0: Pixels, pixels1: Pixels) -> float:
    """Mean absolute luma difference of two frames, of 1."""
    return float(cv2.absdiff(luma(pixels0), luma(pixels1)).mean()) / 255


def luma(pixels: Pixels) -> Pixels:
    """(H, W) uint8."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)


def _is_jump(sizes: NDArray[np.floating], least: float) -> NDArray[np.bool_]:
    """Which steps are large, and much larger than those around them."""
    is_jump = np.zeros(sizes.shape, dtype=np.bool_)
    for i in np.flatnonzero(sizes > least):
        before, after = sizes[max(0, i - NEIGHBOURS) : i], sizes[i + 1 : i + 1 + NEIGHBOURS]
        around = np.concatenate((before, after))
        is_jump[i] = around.size == 0 or sizes[i] > CUT_RATIO * float(np.median(around))
    return is_jump


def _light_jumps(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """(N - 1,) by how much at least `FLASH_SHARE` of the cells become brighter, or darker.

    Motion makes some cells brighter and others darker; so what goes the other way is taken off.
    """
    change = np.sort(np.diff(light, axis=0), axis=1)
    cells = max(1, round(FLASH_SHARE * light.shape[1]))
    brighter, darker = change[:, -cells], -change[:, cells - 1]
    up, down = brighter - np.maximum(darker, 0), darker - np.maximum(brighter, 0)
    return np.asarray(np.maximum(up, down))


def _is_undone(light: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which steps begin or end a change of light that is gone again a frame or two later."""
    jumps = _light_jumps(light)
    is_undone = np.zeros(jumps.shape, dtype=np.bool_)
    for i in map(int, np.flatnonzero(jumps > FLASH_LIGHT)):
        jump = float(np.abs(light[i + 1] - light[i]).mean())
        for end in range(i + 1, min(i + FLASH_FRAMES, len(jumps) - 1) + 1):
            rest = float(np.abs(light[end + 1] - light[i]).mean())
            if jumps[end] > FLASH_LIGHT and rest < jump / 2:
                is_undone[i] = is_undone[end] = True
    return is_undone


def _is_uneven(seconds: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which steps take longer or shorter than the usual one around them."""
    known = np.isfinite(seconds)
    if not known.any():
        return np.zeros(seconds.shape, dtype=np.bool_)
    filled = np.where(known, seconds, np.median(seconds[known]))
    padded = np.pad(filled, NEIGHBOURS, mode="symmetric")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    usual = np.median(around, axis=1)
    return np.asarray(np.abs(filled - usual) > UNEVEN_SHARE * usual)
