"""Finding and reading training clips, and measuring what moves in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
from filmnet.training.pictures import Pixels
from filmnet.training.sequences import walk
from filmnet.training.steps import luma

FLOW_HEIGHT_PX = 180
"""Height at which motion is measured."""

FLOW_SMALLEST_PX = 64
"""Shortest side at which it is measured."""


class ClipFrame(NamedTuple):
    """A frame of a clip."""

    pixels: Pixels
    """(H, W, 3), RGB."""

    seconds: float
    """When it is shown; NaN if the clip does not say."""


def list_clips(folder: Path) -> list[Path]:
    """Videos and folders of frames below `folder`, in natural order; hidden ones left out.

    Raises:
        RecipeError: there is none.
    """
    clips: list[Path] = []
    for content in walk(folder):
        if content.pictures and content.folder != folder:
            clips.append(content.folder)
        clips += [content.folder / name for name in content.files if is_video_name(name)]
    if not clips:
        raise RecipeError(f"{folder}: no video and no folder of frames in it; put some there")
    return clips


def count_frames(path: Path) -> int:
    """About how many frames a clip has, by its header or by the files in its folder; 0 if unknown.

    Raises:
        RecipeError: the video cannot be opened.
    """
    if path.is_dir():
        return len(list_photos(path))
    with _opened(path) as stream:
        if stream.frames:
            return int(stream.frames)
        seconds = (stream.container.duration or 0) / av.time_base
        return round(seconds * float(stream.average_rate or 0))


def read_clip(path: Path, *, height_px: int | None = None) -> Iterator[ClipFrame]:
    """Frames of a video or of a folder of frames, the shorter side at most `height_px` if given.

    Frames in a folder come in natural order and are evenly spaced in time.

    Raises:
        RecipeError: the video cannot be read.
        InputError: a frame in a folder cannot be read.
    """
    if path.is_dir():
        for number, picture in enumerate(list_photos(path)):
            yield ClipFrame(read_small_photo(picture, height_px), float(number))
        return
    with _opened(path) as stream:
        stream.thread_type = "AUTO"
        for frame in stream.container.decode(stream):
            pixels = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            seconds = np.nan if frame.time is None else frame.time
            yield ClipFrame(shrink(pixels, height_px), seconds)


def read_small_photo(path: Path, height_px: int | None) -> Pixels:
    """A photo, (H, W, 3) uint8, upright and in sRGB, its shorter side at most `height_px` if given.

    Raises:
        InputError: it cannot be read.
    """
    return shrink(to_depth(read_photo(path), np.uint8), height_px)


def shrink(pixels: Pixels, height_px: int | None) -> Pixels:
    """Average a frame down so that its shorter side is at most `height_px`, if that is given."""
    if height_px is None:
        return pixels
    height, width = pixels.shape[:2]
    scale = height_px / min(height, width)
    if scale >= 1:
        return pixels
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def motion_px(pixels0: Pixels, pixels1: Pixels) -> NDArray[np.float32]:
    """Length of the motion between two frames, (H x s, W x s) in pixels of the frames.

    It is measured at a small size: s shrinks the height to 180 if it is more, but leaves or gives
    the shorter side 64, since the search reads outside of smaller frames.

    Source: dense inverse search (Kroeger et al., ECCV 2016) as in OpenCV.
    """
    scale = min(1.0, FLOW_HEIGHT_PX / pixels0.shape[0])
    scale = max(scale, FLOW_SMALLEST_PX / min(pixels0.shape[:2]))
    small0, small1 = (
        cv2.resize(luma(pixels), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for pixels in (pixels0, pixels1)
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    no_guess: Any = None  # an array of zeros would be taken for one, and changes the result
    flow = search.calc(small0, small1, no_guess)
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]) / scale, dtype=np.float32)


def upper_half(motion: NDArray[np.floating]) -> float:
    """The mean of the larger half, so that a small moving thing in a still frame counts."""
    return float(np.mean(motion[motion >= np.median(motion)]))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A video's first stream of pictures; what FFmpeg objects to as one sentence."""
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            yield container.streams.video[0]
    except (av.FFmpegError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "no pictures in it"
        raise RecipeError(
            f"{path}: cannot be read as a video ({reason}); remove it from the training data"
        ) from error
