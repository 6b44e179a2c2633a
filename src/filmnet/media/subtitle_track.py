"""Subtitles of text in another form."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

_STEP = Fraction(1, 1000)


def converted_subtitles(
    source: InputContainer,
    stream: Stream,
    target: OutputContainer,
    encoder: str,
    *,
    start: Fraction,
    slower: Fraction,
) -> tuple[Iterator[Packet[Any]], Stream]:
    """A track of text subtitles, decoded and written in another form, its times moved.

    Args:
        source: the file, of which nothing else is read.
        stream: the track.
        target: gets a stream of the encoder's kind.
        encoder: FFmpeg's name.
        start: seconds on the source's clock that are 0 in the target.
        slower: what times are multiplied with.
    """
    reading = cast(SubtitleStream, stream)
    added = cast(SubtitleStream, target.add_stream(encoder))
    reading.codec_context.open(strict=False)  # only then does it know its header
    added.codec_context.subtitle_header = reading.codec_context.subtitle_header
    added.codec_context.time_base = _STEP
    added.time_base = _STEP

    def packets() -> Iterator[Packet[Any]]:
        for packet in source.demux(reading):
            text = _text(reading, packet)
            if not text or packet.pts is None:
                continue
            when = (packet.pts * packet.time_base - start) * slower
            length = (packet.duration or 0) * packet.time_base * slower
            shown = SubtitleSet.create(text=text, start=0, end=round(length / _STEP))
            written = added.codec_context.encode_subtitle(shown)
            written.stream = added
            written.time_base = _STEP
            written.pts = written.dts = round(when / _STEP)
            written.duration = round(length / _STEP)
            if when + length > 0:
                yield written

    return packets(), added


def _text(stream: SubtitleStream, packet: Packet[Any]) -> bytes:
    """The lines of a packet as FFmpeg's one form of subtitles (ASS); nothing if damaged."""
    try:
        shown = stream.codec_context.decode2(packet) if packet.size else None
    except av.error.FFmpegError:
        return b""
    lines = [rect.ass for rect in shown or () if isinstance(rect, AssSubtitle)]
    return lines[0] if lines else b""
