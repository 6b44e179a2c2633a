"""A description of encoded video that muxers copy, with what PyAV has no names for.

Mastering display, content light, place of chroma and shape of pixels are read from a Matroska
header by FFmpeg, and a stream made from that template writes them in MP4, MOV, WebM and Matroska.
The header is a few elements, each an id, a length and its data:

    EBML │ Segment │ Info │ Tracks │ TrackEntry │ Video │ Colour │ MasteringMetadata
                   └ Cluster │ SimpleBlock: the first packet, from which FFmpeg learns the rest

Source: RFC 9559 (Matroska), sections 5.1.4 and 5.1.4.1.28.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.stream import VideoStream

from filmnet.media.video_colour import MasteringDisplay, VideoColour

_CODEC_IDS = {
    "h264": b"V_MPEG4/ISO/AVC",
    "hevc": b"V_MPEGH/ISO/HEVC",
    "vp9": b"V_VP9",
    "av1": b"V_AV1",
    "prores": b"V_PRORES",
}

_CHROMA_SITING = {1: (1, 2), 2: (2, 2), 3: (1, 1), 4: (2, 1)}
"""FFmpeg's left, centre, top left and top as horizontal and vertical siting of Matroska."""


@dataclass(frozen=True, kw_only=True)
class EncodedVideo:
    """What a container says about encoded video."""

    codec: str
    """h264, hevc, vp9, av1 or prores."""

    parameters: bytes
    """What decoders need before the first packet (extradata)."""

    first_packet: bytes
    """The first packet, a key frame."""

    size: tuple[int, int]
    """Width and height in samples."""

    sample_aspect: Fraction
    """Width by height of a sample."""

    colour: VideoColour
    """Numbers of ITU-T H.273, place of chroma and mastering data."""


@contextmanager
def stream_template(video: EncodedVideo) -> Iterator[VideoStream]:
    """A stream that `OutputContainer.add_stream_from_template` takes."""
    header = io.BytesIO(_file(video))
    with av.open(header, "r", "matroska") as container:
        yield container.streams.video[0]


def _file(video: EncodedVideo) -> bytes:
    track = (
        _integer("d7", 1)  # TrackNumber
        + _integer("73c5", 1)  # TrackUID
        + _integer("83", 1)  # TrackType: video
        + _element("86", _CODEC_IDS[video.codec])
        + (_element("63a2", video.parameters) if video.parameters else b"")
        + _element("e0", _video(video))
    )
    block = _element("a3", b"\x81\x00\x00\x80" + video.first_packet)
    return _element("1a45dfa3", _element("4282", b"matroska")) + _element(
        "18538067",
        _element("1549a966", _integer("2ad7b1", 1_000_000))
        + _element("1654ae6b", _element("ae", track))
        + _element("1f43b675", _integer("e7", 0) + block),
    )


def _video(video: EncodedVideo) -> bytes:
    width, height = video.size
    shown = _display_size(video.size, video.sample_aspect)
    return (
        _integer("b0", width)
        + _integer("ba", height)
        + _integer("54b0", shown[0])
        + _integer("54ba", shown[1])
        + _element("55b0", _colour(video.colour))
    )


def _display_size(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """The smallest whole width and height of exactly this shape."""
    width, height = size[0] * aspect.numerator, size[1] * aspect.denominator
    common = math.gcd(width, height) if aspect != 1 else 1
    return width // common, height // common


def _colour(colour: VideoColour) -> bytes:
    data = (
        _integer("55b1", colour.matrix)
        + _integer("55b9", 2 if colour.full_range else 1)
        + _integer("55ba", colour.transfer)
        + _integer("55bb", colour.primaries)
    )
    if colour.chroma_location in _CHROMA_SITING:
        horizontal, vertical = _CHROMA_SITING[colour.chroma_location]
        data += _integer("55b7", horizontal) + _integer("55b8", vertical)
    if colour.content_light is not None:
        data += _integer("55bc", colour.content_light.max_content)
        data += _integer("55bd", colour.content_light.max_average)
    if colour.mastering_display is not None:
        data += _element("55d0", _mastering(colour.mastering_display))
    return data


def _mastering(display: MasteringDisplay) -> bytes:
    """Red, green, blue and white, then the brightest and the darkest luminance."""
    data = b""
    if display.primaries is not None and display.white is not None:
        coordinates = [x for xy in (*display.primaries, display.white) for x in xy]
        data += b"".join(_number(f"{0x55D1 + i:x}", x) for i, x in enumerate(coordinates))
    if display.luminance is not None:
        darkest, brightest = display.luminance
        data += _number("55d9", brightest) + _number("55da", darkest)
    return data


def _integer(name: str, value: int) -> bytes:
    return _element(name, struct.pack(">Q", value))


def _number(name: str, value: float | Fraction) -> bytes:
    return _element(name, struct.pack(">d", float(value)))


def _element(name: str, data: bytes) -> bytes:
    """An element; its length takes eight bytes, of which the first bit says so."""
    return bytes.fromhex(name) + struct.pack(">Q", len(data) | 1 << 56) + data
