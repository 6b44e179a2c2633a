"""Writing video files frame by frame through FFmpeg.

Sides that have to be even are made so by repeating the last column or row, so that nothing of the
picture is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream
from numpy.typing import DTypeLike, NDArray

from filmnet.media.pixels import Picture, to_depth
from filmnet.media.scaling import scaled
from filmnet.media.video_colour import VideoColour
from filmnet.media.video_settings import VideoSettings, encoder_options
from filmnet.media.ycbcr import to_ycbcr

_X265_DELAY = 2
"""Frames by which x265 decodes ahead of what it shows."""

_RGB_FORMATS = {
    (3, False): "rgb24",
    (4, False): "rgba",
    (3, True): "rgb48le",
    (4, True): "rgba64le",
}
"""FFmpeg's names of pictures, by channels and whether they have 16 bits."""


class VideoWriter:
    """A video file being written."""

    def __init__(
        self,
        path: Path,
        *,
        container: str,
        container_options: Mapping[str, str],
        settings: VideoSettings,
    ) -> None:
        """Open the file; the extension of `path` does not count."""
        self._settings = settings
        self._frames = self._packets = 0
        self._container = av.open(str(path), "w", container, dict(container_options))
        self._stream = self._add_stream(container)

    def write(self, picture: Picture) -> None:
        """Append a picture (H, W, 3), or (H, W, 4) with alpha, uint8 or uint16."""
        frame = self._convert(picture)
        frame.pts, frame.duration, frame.time_base = self._frames, 1, 1 / self._settings.fps
        self._mux(self._stream.encode(frame))
        self._frames += 1

    def close(self) -> None:
        """Write what the encoder still holds, and the end of the file."""
        self._mux(self._stream.encode(None))
        self._container.close()

    def abort(self) -> None:
        """Let go of the file, whatever state it is in."""
        with suppress(av.error.FFmpegError, OSError, ValueError):
            self._container.close()

    def _mux(self, packets: Iterable[Packet[VideoStream]]) -> None:
        for packet in packets:
            if self._settings.encoder.name == "libx265":  # undefined in the shortest clips
                packet.dts = self._packets - _X265_DELAY
            self._packets += 1
            self._container.mux(packet)

    def _add_stream(self, container: str) -> VideoStream:
        settings = self._settings
        if settings.encoder.name == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors alone: it would greet on stderr
        stream = cast(
            VideoStream,
            self._container.add_stream(
                settings.encoder.name, settings.fps, encoder_options(settings)
            ),
        )
        stream.width, stream.height = settings.encoded_size
        stream.pix_fmt = settings.pixel_format
        context = stream.codec_context
        context.bit_rate = 0
        context.time_base = 1 / settings.fps
        context.sample_aspect_ratio = settings.sample_aspect
        if settings.encoder.is_yuv:
            _tag(context, settings.colour)
        if container in ("mp4", "mov") and settings.codec_tag:
            context.codec_tag = settings.codec_tag
        return stream

    def _convert(self, picture: Picture) -> VideoFrame:
        settings = self._settings
        if settings.encoder.is_yuv:
            return _ycbcr_frame(_repeat_edges(picture, settings.encoded_size), settings)
        return _rgb_frame(picture, settings.pixel_format)


def _tag(target: VideoCodecContext | VideoFrame, colour: VideoColour) -> None:
    target.colorspace = colour.matrix
    target.color_primaries = colour.primaries
    target.color_trc = colour.transfer
    target.color_range = ColorRange.JPEG if colour.full_range else ColorRange.MPEG


def _ycbcr_frame(picture: Picture, settings: VideoSettings) -> VideoFrame:
    height, width = picture.shape[:2]
    frame = VideoFrame(width, height, settings.pixel_format)
    planes = to_ycbcr(picture[..., :3], settings.colour)
    if settings.has_alpha:
        planes = (*planes, _alpha(picture, planes[0].dtype, settings.colour.bits))
    for target, plane in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(target), plane.dtype).reshape(target.height, -1)
        rows[:, : plane.shape[1]] = plane
    _tag(frame, settings.colour)
    return frame


def _alpha(picture: Picture, dtype: DTypeLike, bits: int) -> NDArray[Any]:
    """Transparency as a plane; opaque is the largest code, whatever the range of luma."""
    scale = ((1 << bits) - 1) / np.iinfo(picture.dtype).max
    return np.rint(picture[..., 3] * scale).astype(dtype)


def _rgb_frame(picture: Picture, pixel_format: str) -> VideoFrame:
    deep = "48" in pixel_format or "64" in pixel_format
    picture = np.ascontiguousarray(to_depth(picture, np.uint16 if deep else np.uint8))
    name = _RGB_FORMATS[picture.shape[2], deep]
    return scaled(VideoFrame.from_ndarray(picture, format=name), format=pixel_format)


def _repeat_edges(picture: Picture, encoded_size: tuple[int, int]) -> Picture:
    height, width = picture.shape[:2]
    if (width, height) == encoded_size:
        return picture
    more = (0, encoded_size[1] - height), (0, encoded_size[0] - width), (0, 0)
    return np.pad(picture, more, "edge")
