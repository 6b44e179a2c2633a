"""Reading training clips, and judging which neighbouring frames show true motion.

A stretch is usable when it has no scene cut (the pair before and after belong to different
scenes), no duplicate (a repeated frame says that nothing moved where something did) and
is not still (nothing to learn).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError

Frame = NDArray[np.uint8]

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".ts", ".m4v"})
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})

CUT_DIFFERENCE = 0.07
"""Mean luma difference (of 1) of neighbouring frames above which a cut is possible …"""

CUT_RATIO = 3.0
"""… and is taken for one if it exceeds the neighbours' median difference this many times."""

DUPLICATE_DIFFERENCE = 0.0012
"""Mean luma difference (of 1) below which a frame repeats the one before."""

FLOW_HEIGHT_PX = 180
"""Height at which motion is measured."""


def list_clips(folder: Path) -> list[Path]:
    """Videos and folders of frames in `folder`, by name.

    Raises:
        RecipeError: there is none.
    """
    clips = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in VIDEO_SUFFIXES or (path.is_dir() and _pictures(path))
    ]
    if not clips:
        raise RecipeError(f"{folder}: no video and no folder of frames in it")
    return clips


def read_clip(path: Path, *, height_px: int) -> Iterator[Frame]:
    """Frames of a video or of a folder of frames, (H, W, 3) uint8 RGB, at most `height_px` high.

    Raises:
        RecipeError: the video cannot be opened.
    """
    if path.is_dir():
        for picture in _pictures(path):
            bgr = cv2.imread(str(picture), cv2.IMREAD_COLOR)
            if bgr is None:
                raise RecipeError(f"{picture}: not a picture; remove it from the training data")
            rgb: Frame = np.array(bgr[:, :, ::-1], dtype=np.uint8)
            yield shrink(rgb, height_px)
        return
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                yield shrink(frame.to_ndarray(format="rgb24"), height_px)
    except (av.FFmpegError, IndexError) as error:
        raise RecipeError(f"{path}: cannot be read as a video ({error}); remove it") from error


def shrink(frame: Frame, height_px: int) -> Frame:
    """Average a frame down so that its shorter side is at most `height_px`."""
    height, width = frame.shape[:2]
    scale = height_px / min(height, width)
    if scale >= 1:
        return frame
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def usable_steps(differences: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which steps from a frame to the next are neither cuts nor repeats.

    Args:
        differences: (N - 1,) mean absolute luma difference of neighbouring frames, of 1.

    Returns:
        (N - 1,) True where the step may be used.
    """
    usable = differences > DUPLICATE_DIFFERENCE
    for i in np.flatnonzero(differences > CUT_DIFFERENCE):
        around = np.concatenate((differences[max(0, i - 4) : i], differences[i + 1 : i + 5]))
        if around.size == 0 or differences[i] > CUT_RATIO * float(np.median(around)):
            usable[i] = False
    return usable


def luma_difference(frame0: Frame, frame1: Frame) -> float:
    """Mean absolute luma difference of two frames, of 1."""
    return float(np.mean(cv2.absdiff(_luma(frame0), _luma(frame1)))) / 255


def motion_px(frame0: Frame, frame1: Frame) -> NDArray[np.float32]:
    """Length of the motion between two frames, (H / s, W / s) in pixels of the frames.

    Source: dense inverse search (Kroeger et al., ECCV 2016) as in OpenCV, at a small size.
    """
    scale = min(1.0, FLOW_HEIGHT_PX / frame0.shape[0])
    small0, small1 = (
        cv2.resize(_luma(frame), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for frame in (frame0, frame1)
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = np.zeros((*small0.shape, 2), dtype=np.float32)
    search.calc(small0, small1, flow)
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]) / scale, dtype=np.float32)


def _luma(frame: Frame) -> Frame:
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
