"""Reading training clips, and judging which neighbouring frames show true motion.

A step from a frame to the next is usable when it is no scene cut (the two belong to different
scenes), no repeat (a frame shown twice says that nothing moved where something did), and takes
as long as the steps around it (a triplet's t counts frames). Stretches that are still are left
out later, by their motion.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError
from filmnet.media.photo_list import list_photos
from filmnet.media.photos import read_photo
from filmnet.media.pixels import to_depth
from filmnet.training.layouts import is_video_name
from filmnet.training.pictures import Pixels, is_picture_name

CUT_DIFFERENCE = 0.07
"""Mean luma difference (of 1) of neighbouring frames above which a cut is possible …"""

CUT_RATIO = 3.0
"""… and is taken for one if it exceeds the neighbours' median difference this many times."""

REPEAT_DIFFERENCE = 0.0012
"""Mean luma difference (of 1) below which a frame repeats the one before."""

UNEVEN_SHARE = 0.3
"""Share by which a step's duration may differ from the usual one."""

FLOW_HEIGHT_PX = 180
"""Height at which motion is measured."""


class ClipFrame(NamedTuple):
    """A frame of a clip."""

    pixels: Pixels
    """(H, W, 3), RGB."""

    seconds: float
    """When it is shown; NaN if the clip does not say."""


def list_clips(folder: Path) -> list[Path]:
    """Videos and folders of frames in `folder`, by name; hidden ones left out.

    Raises:
        RecipeError: there is none.
    """
    clips = [path for path in sorted(folder.iterdir()) if _is_clip(path)]
    if not clips:
        raise RecipeError(f"{folder}: no video and no folder of frames in it")
    return clips


def read_clip(path: Path, *, height_px: int) -> Iterator[ClipFrame]:
    """Frames of a video or of a folder of frames, the shorter side at most `height_px`.

    Frames in a folder come in natural order and are evenly spaced in time.

    Raises:
        RecipeError: the video cannot be read.
        InputError: a frame in a folder cannot be read.
    """
    if path.is_dir():
        for number, picture in enumerate(list_photos(path)):
            yield ClipFrame(read_small_photo(picture, height_px), float(number))
        return
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                pixels = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
                yield ClipFrame(
                    shrink(pixels, height_px), np.nan if frame.time is None else frame.time
                )
    except (av.FFmpegError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "no pictures in it"
        raise RecipeError(
            f"{path}: cannot be read as a video ({reason}); remove it from the training data"
        ) from error


def read_small_photo(path: Path, height_px: int) -> Pixels:
    """A photo, (H, W, 3) uint8, upright and in sRGB, its shorter side at most `height_px`.

    Raises:
        InputError: it cannot be read.
    """
    return shrink(to_depth(read_photo(path), np.uint8), height_px)


def shrink(pixels: Pixels, height_px: int) -> Pixels:
    """Average a frame down so that its shorter side is at most `height_px`."""
    height, width = pixels.shape[:2]
    scale = height_px / min(height, width)
    if scale >= 1:
        return pixels
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def usable_steps(
    differences: NDArray[np.floating], seconds: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Which steps from a frame to the next are neither cuts nor repeats, and evenly timed.

    Args:
        differences: (N - 1,) mean absolute luma difference of neighbouring frames, of 1.
        seconds: (N - 1,) time between neighbouring frames; NaN where unknown counts as even.

    Returns:
        (N - 1,) True where the step may be used.
    """
    usable = (differences > REPEAT_DIFFERENCE) & _is_even(seconds)
    for i in np.flatnonzero(differences > CUT_DIFFERENCE):
        around = np.concatenate((differences[max(0, i - 4) : i], differences[i + 1 : i + 5]))
        if around.size == 0 or differences[i] > CUT_RATIO * float(np.median(around)):
            usable[i] = False
    return usable


def luma_difference(pixels0: Pixels, pixels1: Pixels) -> float:
    """Mean absolute luma difference of two frames, of 1."""
    return float(np.mean(cv2.absdiff(_luma(pixels0), _luma(pixels1)))) / 255


def motion_px(pixels0: Pixels, pixels1: Pixels) -> NDArray[np.float32]:
    """Length of the motion between two frames, (H x s, W x s) in pixels of the frames.

    It is measured at a small size: s shrinks the height to 180 if it is more.

    Source: dense inverse search (Kroeger et al., ECCV 2016) as in OpenCV.
    """
    scale = min(1.0, FLOW_HEIGHT_PX / pixels0.shape[0])
    small0, small1 = (
        cv2.resize(_luma(pixels), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for pixels in (pixels0, pixels1)
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    no_guess: Any = None  # an array of zeros would be taken for one, and changes the result
    flow = search.calc(small0, small1, no_guess)
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]) / scale, dtype=np.float32)


def upper_half(motion: NDArray[np.floating]) -> float:
    """The mean of the larger half, so that a small moving thing in a still frame counts."""
    return float(np.mean(motion[motion >= np.median(motion)]))


def _is_clip(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    if path.is_dir():
        return any(is_picture_name(inner.name) for inner in path.iterdir())
    return is_video_name(path.name)


def _is_even(seconds: NDArray[np.floating]) -> NDArray[np.bool_]:
    known = seconds[np.isfinite(seconds)]
    if known.size == 0:
        return np.ones(seconds.shape, dtype=np.bool_)
    usual = float(np.median(known))
    # Comparisons with NaN are false, so that unknown durations count as even.
    is_uneven = np.abs(seconds - usual) > UNEVEN_SHARE * usual
    return np.asarray(~is_uneven)


def _luma(pixels: Pixels) -> Pixels:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)
