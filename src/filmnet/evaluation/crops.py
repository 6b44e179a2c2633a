"""Where to look: one square of a triplet for each of the paper's three questions.

    sharpness      where the true frame has the most gradient energy
    disocclusion   where most pixels are seen in one input only: the flows there and back disagree
    large motion   where the motion between the inputs is longest

All three are found from the inputs and the truth alone, so that every method is shown at the same
places. Motion is measured by OpenCV at a small size, not by the network that is judged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.evaluation.samples import Sample
from filmnet.media.pixels import Picture, to_depth

QUESTIONS = {
    "sharpness": "the square whose true frame has the most gradient energy",
    "disocclusion": "the square with the largest share of pixels that only one input shows: where "
    "the flows there and back do not cancel (gap² above 0.01 length² + 0.5)",
    "large motion": "the square in which the motion between the inputs is longest on average",
}
"""The paper's questions and the rule by which their places are chosen."""

SMALL_PX = 270
"""The shorter side at which places are sought."""

SEARCH_PX = 32
"""What each side is filled up to: OpenCV's search can crash on narrower pictures."""

SHARE = 4
"""How many squares fit along the shorter side."""

Map = NDArray[np.float32]


class Square(NamedTuple):
    """A square of a picture, in pixels, and how strongly it shows what it was chosen for."""

    score: float
    top: int
    left: int
    side: int

    def cut(self, picture: Picture) -> Picture:
        """The square out of (H, W, 3)."""
        rows = slice(self.top, self.top + self.side)
        return picture[rows, self.left : self.left + self.side]


def find_squares(sample: Sample) -> dict[str, Square]:
    """The square of a triplet for each question."""
    scale = min(1.0, SMALL_PX / min(sample.truth.shape[:2]))
    image0, truth, image1 = (
        _small_luma(picture, scale) for picture in (sample.image0, sample.truth, sample.image1)
    )
    flow_01, flow_10 = _flow(image0, image1), _flow(image1, image0)
    maps: dict[str, Map] = {
        "sharpness": _gradient_energy(truth),
        "disocclusion": _disagreement(flow_01, flow_10),
        "large motion": np.asarray(np.hypot(*flow_01.transpose(2, 0, 1)) / scale, np.float32),
    }
    return {name: _best_square(values, scale, sample.truth) for name, values in maps.items()}


def _best_square(values: Map, scale: float, picture: Picture) -> Square:
    """The square with the highest mean."""
    height, width = picture.shape[:2]
    side = max(1, min(values.shape[:2]) // SHARE)
    sums = cv2.integral(values.astype(np.float64))
    means = (
        sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    ) / side**2
    top, left = np.unravel_index(int(np.argmax(means)), means.shape)
    full = min(round(side / scale), height, width)
    return Square(
        score=float(means[top, left]),
        top=min(round(int(top) / scale), height - full),
        left=min(round(int(left) / scale), width - full),
        side=full,
    )


def _disagreement(flow_01: Map, flow_10: Map) -> Map:
    """1 where the way there and back does not lead home, else 0.

    Source: Sundaram, Brox and Keutzer, "Dense point trajectories", ECCV 2010.
    """
    height, width = flow_01.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    back = cv2.remap(
        flow_10,
        x + flow_01[..., 0],
        y + flow_01[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    gap = np.square(flow_01 + back).sum(axis=2)
    length = np.square(flow_01).sum(axis=2) + np.square(back).sum(axis=2)
    return np.asarray(gap > 0.01 * length + 0.5, dtype=np.float32)


def _gradient_energy(luma: Picture) -> Map:
    values = luma.astype(np.float32)
    across = np.diff(values, axis=1, append=values[:, -1:])
    down = np.diff(values, axis=0, append=values[-1:])
    return np.asarray(across**2 + down**2, dtype=np.float32)


def _flow(image0: Picture, image1: Picture) -> Map:
    """Motion from one to the other, (H, W, 2), by dense inverse search."""
    height, width = image0.shape
    down, right = max(0, SEARCH_PX - height), max(0, SEARCH_PX - width)
    padded = [
        cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REPLICATE)
        for image in (image0, image1)
    ]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    no_guess: Any = None  # an array of zeros would be taken for one, and changes the result
    flow = search.calc(padded[0], padded[1], no_guess)
    return np.asarray(flow[:height, :width], dtype=np.float32)


def _small_luma(picture: Picture, scale: float) -> Picture:
    luma = cv2.cvtColor(to_depth(picture, np.uint8), cv2.COLOR_RGB2GRAY)
    if scale == 1:
        return luma
    return np.asarray(cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
