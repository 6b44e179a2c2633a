"""The colour tags of a decoded frame."""

from __future__ import annotations

import re
import struct
import threading
from fractions import Fraction

from av import logging as av_logging
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from filmnet.media.side_data import side_data
from filmnet.media.video_colour import UNSPECIFIED, ContentLight, MasteringDisplay, VideoColour

_JPEG_RANGE = 2
_PLACES = ("unspecified", "left", "center", "topleft", "top", "bottomleft", "bottom")
_SAMPLING = {
    (1, 1): "444",
    (1, 2): "422",
    (2, 2): "420",
    (2, 1): "440",
    (1, 4): "411",
    (4, 4): "410",
}
_DEEPEST = 16

_LOG_LOCK = threading.Lock()
"""FFmpeg's log level is one for the whole program."""


def colour_of(frame: VideoFrame) -> VideoColour:
    """How the colours of a frame are coded."""
    frame_format = frame.format
    is_rgb = frame_format.is_rgb or frame_format.has_palette
    return VideoColour(
        matrix=0 if is_rgb else int(frame.colorspace) or UNSPECIFIED,
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        full_range=is_rgb or is_full_range(frame),
        chroma_location=0 if is_rgb else _chroma_location(frame),
        bits=bits_of(frame_format),
        chroma="444" if is_rgb else sampling_of(frame_format),
        mastering_display=_mastering_display(frame),
        content_light=_content_light(frame),
    )


def is_full_range(frame: VideoFrame) -> bool:
    """Whether black and white are the smallest and largest codes."""
    name = frame.format.name
    if name.startswith(("gray", "ya", "mono")) and not frame.color_range:
        return True
    return name.startswith("yuvj") or frame.color_range == _JPEG_RANGE


def bits_of(frame_format: VideoFormat) -> int:
    """Per sample, 8 to 16."""
    return min(max(8, max(part.bits for part in frame_format.components)), _DEEPEST)


def sampling_of(frame_format: VideoFormat) -> str:
    """How chroma is sampled."""
    if sum(not part.is_alpha for part in frame_format.components) < 3:
        return "400"
    side = 64
    widths = VideoFormat(frame_format.name, side, side)
    return _SAMPLING[side // widths.chroma_height(side), side // widths.chroma_width(side)]


def has_alpha(frame_format: VideoFormat) -> bool:
    """Whether there is transparency in it."""
    return frame_format.has_palette or any(part.is_alpha for part in frame_format.components)


def _chroma_location(frame: VideoFrame) -> int:
    """As FFmpeg's `showinfo` prints it, since PyAV has no name for it."""
    graph = Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1000:"
        f"colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
    )
    show, sink = graph.add("showinfo", "checksum=0"), graph.add("buffersink")
    source.link_to(show)
    show.link_to(sink)
    graph.configure()
    with _LOG_LOCK:
        before = av_logging.get_level()
        av_logging.set_level(av_logging.INFO)
        try:
            with av_logging.Capture() as lines:
                source.push(frame)
                sink.pull()
        finally:
            av_logging.set_level(before)
    found = re.search(r"\bcl:(\w+)", "".join(message for _, _, message in lines))
    return _PLACES.index(found[1]) if found and found[1] in _PLACES else 0


def _mastering_display(frame: VideoFrame) -> MasteringDisplay | None:
    data = side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    if data is None:
        return None
    numbers = struct.unpack("=22i", data[:88])
    ratios = [
        Fraction(top, bottom) if bottom else Fraction(0)
        for top, bottom in zip(numbers[:20:2], numbers[1:20:2], strict=True)
    ]
    has_primaries, has_luminance = numbers[20:]
    pairs = list(zip(ratios[::2], ratios[1::2], strict=True))
    return MasteringDisplay(
        primaries=tuple(pairs[:3]) if has_primaries else None,
        white=pairs[3] if has_primaries else None,
        luminance=pairs[4] if has_luminance else None,
    )


def _content_light(frame: VideoFrame) -> ContentLight | None:
    data = side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    if data is None:
        return None
    brightest, average = struct.unpack("=2I", data[:8])
    return ContentLight(max_content=brightest, max_average=average)
