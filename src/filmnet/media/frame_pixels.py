"""Decoded frames of any pixel format as RGB, and RGB with alpha."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import DTypeLike, NDArray

from filmnet.media.frame_colour import bits_of, is_full_range, sampling_of
from filmnet.media.pixels import Picture
from filmnet.media.scaling import scaled
from filmnet.media.video_colour import UNSPECIFIED, VideoColour
from filmnet.media.ycbcr import to_rgb

_SWAPPED = ("rgb555be", "rgb565be", "bgr555be", "bgr565be")
"""Pixels of two bytes that FFmpeg's scaler takes for others."""


def frame_to_picture(
    frame: VideoFrame, colour: VideoColour, *, with_alpha: bool, dtype: DTypeLike
) -> Picture:
    """A frame as it is coded: not turned, code values in its own transfer and primaries.

    Args:
        frame: of any pixel format.
        colour: of the video; matrix and place of chroma count.
        with_alpha: whether a fourth channel is wanted; opaque where the frame has none.
        dtype: uint8 or uint16.

    Returns:
        (H, W, 3 or 4) of `dtype`.

    Raises:
        ValueError, OSError: a format that FFmpeg does not convert.
    """
    frame = _planar(frame)
    if not frame.format.is_planar and not frame.format.name.startswith("gray"):
        return _packed_picture(frame, with_alpha=with_alpha, dtype=dtype)
    bits = bits_of(frame.format)
    is_rgb = frame.format.is_rgb
    coding = replace(
        colour,
        matrix=0 if is_rgb else colour.matrix or UNSPECIFIED,
        full_range=is_rgb or is_full_range(frame),
        bits=bits,
        chroma="444" if is_rgb else sampling_of(frame.format),
    )
    planes = [_samples(plane, bits) for plane in frame.planes]
    rgb = to_rgb(planes[:3], coding, dtype)
    if not with_alpha:
        return rgb
    alpha = _alpha(planes, frame, dtype)
    return np.dstack((rgb, alpha))


def _planar(frame: VideoFrame) -> VideoFrame:
    """The same samples in planes, little-endian; or packed RGB where it is no integer Y'CbCr."""
    if frame.format.name in _SWAPPED:
        frame = _swapped(frame)
    name, bits = frame.format.name, bits_of(frame.format)
    if name.startswith("yaf"):  # FFmpeg's scaler writes past the rows of these
        raise ValueError(f"{name} is not converted")
    if name.startswith("mono"):
        return scaled(frame, format="gray")
    if name.startswith(("yuv", "gray", "gbr")) and not name.endswith(("be", "f32le", "msble")):
        is_plain = frame.format.is_planar or name.startswith("gray")
        if is_plain and all(plane.line_size > 0 for plane in frame.planes):
            return frame
    packed = "rgba64le" if bits > 8 else "rgba"
    is_colour = frame.format.is_rgb or frame.format.has_palette or frame.format.is_bayer
    if is_colour or name.startswith(("ya", "gray", "xyz")):
        return scaled(frame, format=packed)
    depth = "" if bits == 8 else f"{_known_depth(bits)}le"
    return scaled(frame, format=f"yuv{sampling_of(frame.format)}p{depth}")


def _swapped(frame: VideoFrame) -> VideoFrame:
    """A frame of two bytes per pixel with these in the other order."""
    little = VideoFrame(frame.width, frame.height, f"{frame.format.name.removesuffix('be')}le")
    rows = _rows(frame.planes[0], ">u2")[:, : frame.width]
    _rows(little.planes[0], "<u2")[:, : frame.width] = rows
    return little


def _known_depth(bits: int) -> int:
    return next(depth for depth in (9, 10, 12, 14, 16) if depth >= bits)


def _packed_picture(frame: VideoFrame, *, with_alpha: bool, dtype: DTypeLike) -> Picture:
    deep = frame.format.name == "rgba64le"
    plane = frame.planes[0]
    samples = _rows(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1, 4)
    picture = samples[:, : frame.width, : 4 if with_alpha else 3]
    if deep and np.dtype(dtype) == np.uint8:
        return np.rint(picture / 257).astype(np.uint8)
    if not deep and np.dtype(dtype) == np.uint16:
        return picture.astype(np.uint16) * np.uint16(257)
    return np.ascontiguousarray(picture)


def _alpha(planes: list[NDArray[Any]], frame: VideoFrame, dtype: DTypeLike) -> NDArray[Any]:
    """(H, W) of `dtype`; 0 is transparent."""
    white = np.iinfo(dtype).max
    parts = [part for part in frame.format.components if part.is_alpha]
    if not parts:
        return np.full((frame.height, frame.width), white, dtype)
    top = (1 << parts[0].bits) - 1
    samples = planes[parts[0].plane]
    if top == white:
        return samples.astype(dtype)
    return np.rint(samples * np.float32(white / top)).astype(dtype)


def _samples(plane: VideoPlane, bits: int) -> NDArray[Any]:
    return _rows(plane, np.uint8 if bits == 8 else np.uint16)[:, : plane.width]


def _rows(plane: VideoPlane, dtype: DTypeLike) -> NDArray[Any]:
    """The memory of a plane, padding at the end of rows included."""
    samples: NDArray[Any] = np.frombuffer(memoryview(plane), np.dtype(dtype))
    return samples.reshape(plane.height, -1)
