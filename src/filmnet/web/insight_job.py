"""What the network saw, as pictures to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmnet.jobs import Cancel, Progress
from filmnet.media import fit_picture, read_photo
from filmnet.media.fit import common_size
from filmnet.media.flow_colours import draw_flow
from filmnet.media.photos import probe_photo
from filmnet.media.pixels import to_depth
from filmnet.web.job_queue import Report
from filmnet.web.network import SharedNetwork
from filmnet.web.photo_job import check_photo, save_look
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError

NAMES = ("flow_01", "flow_10", "warped0", "warped1", "made", "agreement")
"""Of the pictures, in the order in which the page shows them."""


@dataclass(frozen=True, kw_only=True)
class SeenPair:
    """Pictures of a pair of photos, as the network saw it."""

    pictures: tuple[Path, ...]
    """One per `NAMES`."""

    confidence: float
    """From 0 to 1."""

    motion_px: float
    """Length of the largest motion, of 99 in 100 pixels."""

    is_low: bool
    """Whether ghosts are likely."""


def check_pair(photos: tuple[Path, ...], limits: Limits) -> None:
    """Refuse what is no pair.

    Raises:
        PageError: not two photos that can be used.
    """
    if len(photos) != 2:
        raise PageError("error_pair")
    for path in photos:
        check_photo(path, limits)


def look_at_pair(
    photos: tuple[Path, ...],
    t: float,
    folder: Path,
    network: SharedNetwork,
    limits: Limits,
    report: Report,
    cancel: Cancel,
) -> SeenPair:
    """Compute and draw what the network sees at an instant between two photos.

    Raises:
        FilmnetError: photos or a network that cannot be used.
        Cancelled: `cancel` asked for it.
    """
    model = network.get()
    report(_step(0, model.describe()))
    size = common_size([probe_photo(path, max_pixels=limits.pixels) for path in photos], "crop")
    image0, image1 = (
        fit_picture(to_depth(read_photo(path, max_pixels=limits.pixels), np.uint8), size)
        for path in photos
    )
    cancel.check()
    seen = model.insight(image0, image1, t)
    cancel.check()
    longest = max(_longest(seen.flow_01), _longest(seen.flow_10)) or 1.0
    pictures = (
        draw_flow(seen.flow_01, longest),
        draw_flow(seen.flow_10, longest),
        seen.warped0,
        seen.warped1,
        seen.image,
        _grey(seen.agreement),
    )
    paths = tuple(folder / f"{name}.jpg" for name in NAMES)
    for picture, path in zip(pictures, paths, strict=True):
        save_look(picture, path)
    report(_step(1, model.describe()))
    return SeenPair(
        pictures=paths,
        confidence=seen.confidence.value,
        motion_px=seen.confidence.motion_px,
        is_low=seen.confidence.is_low,
    )


def _longest(flow: NDArray[np.float32]) -> float:
    """Length of the longest motion; in float64, as `draw_flow` compares it."""
    dx, dy = flow.astype(np.float64)
    return float(np.hypot(dx, dy).max())


def _grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    grey = np.rint(255 * values).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _step(done: int, using: str) -> Progress:
    return Progress(frames_done=done, frames_total=1, seconds_elapsed=0.0, using=using)
