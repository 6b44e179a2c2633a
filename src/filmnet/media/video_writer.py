"""Writing video files frame by frame through FFmpeg.

Y'CbCr is BT.709 in limited range, and tagged as that. Sides that have to be even are made so by
repeating the last column or row, so that nothing of the picture is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from filmnet.media.formats import Encoder
from filmnet.media.pixels import Picture, to_depth
from filmnet.media.video_colour import VideoColour
from filmnet.media.ycbcr import to_ycbcr

_BT709 = 1
"""The number of BT.709 in each list of ITU-T H.273."""

_CENTRE = 2
"""The number of chroma between the pixels that share it, in FFmpeg's list of places."""

_X265_DELAY = 2
"""Frames by which x265 decodes ahead of what it shows."""


class VideoWriter:
    """A video file being written."""

    def __init__(
        self,
        path: Path,
        *,
        container: str,
        container_options: Mapping[str, str],
        encoder: Encoder,
        size: tuple[int, int],
        fps: Fraction,
        crf: int | None,
        dtype: type[np.uint8] | type[np.uint16],
    ) -> None:
        """Open the file; the extension of `path` does not count."""
        self._encoder = encoder
        self._fps = fps
        self._frames = self._packets = 0
        self._pixel_format = (
            encoder.deep_pixel_format if dtype is np.uint16 else encoder.pixel_format
        )
        self._container = av.open(str(path), "w", container, dict(container_options))
        self._stream = self._add_stream(container, size, crf)

    def write(self, picture: Picture) -> None:
        """Append a picture (H, W, 3), uint8 or uint16."""
        frame = self._convert(picture)
        frame.pts, frame.duration, frame.time_base = self._frames, 1, 1 / self._fps
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
            if self._encoder.name == "libx265":  # which leaves it undefined in the shortest clips
                packet.dts = self._packets - _X265_DELAY
            self._packets += 1
            self._container.mux(packet)

    def _add_stream(self, container: str, size: tuple[int, int], crf: int | None) -> VideoStream:
        options = dict(self._encoder.options)
        if self._encoder.crf is not None:
            options["crf"] = str(self._encoder.crf if crf is None else crf)
        stream = cast(
            VideoStream, self._container.add_stream(self._encoder.name, self._fps, options)
        )
        stream.width, stream.height = _even(size, self._encoder.even_sides)
        stream.pix_fmt = self._pixel_format
        context = stream.codec_context
        context.bit_rate = 0
        context.time_base = 1 / self._fps
        if self._encoder.is_yuv:
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = ColorRange.MPEG
        if self._encoder.name == "libx265" and container in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # Apple's players know no other
        return stream

    def _convert(self, picture: Picture) -> VideoFrame:
        if self._encoder.is_yuv:
            picture = _repeat_edges(picture, self._encoder.even_sides)
            return _ycbcr_frame(picture, self._pixel_format)
        deep = self._pixel_format == self._encoder.deep_pixel_format == "rgb48be"
        picture = np.ascontiguousarray(to_depth(picture, np.uint16 if deep else np.uint8))
        frame = VideoFrame.from_ndarray(picture, format="rgb48le" if deep else "rgb24")
        return frame.reformat(format=self._pixel_format)


def _ycbcr_frame(picture: Picture, pixel_format: str) -> VideoFrame:
    """A picture with even sides as BT.709 Y'CbCr."""
    height, width = picture.shape[:2]
    frame = VideoFrame(width, height, pixel_format)
    bits = frame.format.components[0].bits
    colour = VideoColour(
        matrix=_BT709,
        primaries=_BT709,
        transfer=_BT709,
        full_range=False,
        chroma_location=_CENTRE,
        bits=bits,
        chroma="420" if "420" in pixel_format else "422",
    )
    planes = to_ycbcr(picture, colour)
    for target, plane in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(target), plane.dtype).reshape(target.height, -1)
        rows[:, : plane.shape[1]] = plane
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return frame


def _even(size: tuple[int, int], even_sides: tuple[bool, bool]) -> tuple[int, int]:
    """Width and height, each rounded up to even where it has to be."""
    width, height = size
    return width + (width % 2) * even_sides[0], height + (height % 2) * even_sides[1]


def _repeat_edges(picture: Picture, even_sides: tuple[bool, bool]) -> Picture:
    height, width = picture.shape[:2]
    even_width, even_height = _even((width, height), even_sides)
    if (even_width, even_height) == (width, height):
        return picture
    return np.pad(picture, ((0, even_height - height), (0, even_width - width), (0, 0)), "edge")
