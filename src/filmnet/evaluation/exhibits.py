"""The few pictures that a report shows, chosen while triplets pass and kept as JPEG.

However long the set, what is kept is the worst triplets and, for each question, the places that
show it most.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np
from torch import Tensor

from filmnet.evaluation.crops import QUESTIONS, Square, find_squares
from filmnet.evaluation.methods import as_picture
from filmnet.evaluation.samples import Sample, average
from filmnet.evaluation.scoring import TripletValues
from filmnet.media.pixels import Picture, to_depth

WORST = 8
"""Triplets shown whole."""

PLACES = 4
"""Triplets shown per question."""

WIDTH_PX = 560
"""Widest picture in a report."""

ERROR_GAIN = 4
"""How many times the error is brightened."""

PANELS = ("inputs, overlaid", "truth", "prediction", f"error, {ERROR_GAIN} times")


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One triplet or part of it, four pictures side by side."""

    values: TripletValues

    score: float
    """By which it was chosen."""

    panels: tuple[str, ...]
    """Pictures as `data:` addresses, in the order of PANELS."""

    width: int
    """Of each picture as embedded, in pixels."""

    height: int


@dataclass
class Exhibits:
    """Watches a set go by and keeps what is worth showing."""

    worst: list[Exhibit] = field(default_factory=list)
    """By PSNR, lowest first."""

    places: dict[str, list[Exhibit]] = field(default_factory=lambda: {q: [] for q in QUESTIONS})
    """For each question the triplets that show it most."""

    def see(self, sample: Sample, made: Tensor, values: TripletValues) -> None:
        """Look at one triplet."""
        picture = as_picture(made, sample)
        show = partial(_exhibit, sample, picture, values)
        _offer(self.worst, -values.measured["psnr"], WORST, show)
        for question, square in find_squares(sample).items():
            _offer(self.places[question], square.score, PLACES, partial(show, square=square))


def _offer(kept: list[Exhibit], score: float, size: int, show: Callable[[float], Exhibit]) -> None:
    """Keep what scores among the highest; only then are its pictures encoded."""
    if not np.isfinite(score) or (len(kept) == size and score <= kept[-1].score):
        return
    kept.append(show(score))
    kept.sort(key=lambda exhibit: -exhibit.score)
    del kept[size:]


def _exhibit(
    sample: Sample, made: Picture, values: TripletValues, score: float, square: Square | None = None
) -> Exhibit:
    overlay = average(sample.image0, sample.image1)
    pictures = [to_depth(picture, np.uint8) for picture in (overlay, sample.truth, made)]
    if square is not None:
        pictures = [square.cut(picture) for picture in pictures]
    error = np.minimum(ERROR_GAIN * cv2.absdiff(pictures[1], pictures[2]).astype(np.int32), 255)
    pictures = [_shrink(picture) for picture in (*pictures, error.astype(np.uint8))]
    height, width = pictures[0].shape[:2]
    return Exhibit(
        values=values,
        score=score,
        panels=tuple(_address(picture) for picture in pictures),
        width=width,
        height=height,
    )


def _shrink(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if width <= WIDTH_PX:
        return picture
    size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _address(picture: Picture) -> str:
    """A picture as a `data:` address of a JPEG."""
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
