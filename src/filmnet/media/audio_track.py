"""Audio, copied packet by packet, or decoded, stretched and encoded again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream

from filmnet.media.video_packets import PacketReader
from filmnet.media.video_timing import LONGEST_GAP_SECONDS

_BITS_PER_CHANNEL = {"aac": 96_000, "libopus": 80_000, "libmp3lame": 112_000}
"""Bits per second that a channel takes where nobody is to hear the coding."""

_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""Layouts that all encoders know, by number of channels."""

_SLOWEST_STAGE = 2
"""What FFmpeg's atempo slows at most; further ones follow it."""


def copied_packets(
    source: InputContainer,
    stream: Stream,
    target: OutputContainer,
    *,
    start: Fraction,
    slower: Fraction,
) -> tuple[Iterator[Packet[Any]], Stream]:
    """The packets of a track as they are.

    Args:
        source: the file, of which nothing else is read.
        stream: the track.
        target: gets a stream like it.
        start: seconds on the source's clock that are 0 in the target.
        slower: what times are multiplied with.
    """
    added = target.add_stream_from_template(stream, opaque=True)

    def packets() -> Iterator[Packet[Any]]:
        last: int | None = None
        for packet in PacketReader(source, stream):
            if packet.pts is None:
                continue
            step = packet.time_base
            pts, dts = packet.pts, packet.pts if packet.dts is None else packet.dts
            packet.pts = _moved(pts, step, start, slower)
            packet.dts = packet.pts - round((pts - dts) * slower)
            packet.duration = round((packet.duration or 0) * slower)
            packet.stream = added
            if last is None or packet.dts > last:  # others are damaged, and no muxer takes them
                last = packet.dts
                yield packet

    return packets(), added


def encoded_audio(
    source: InputContainer,
    stream: Stream,
    target: OutputContainer,
    encoder: str,
    *,
    start: Fraction,
    slower: Fraction,
) -> tuple[Iterator[Packet[Any]], Stream]:
    """A track decoded, its gaps filled with silence, stretched with its pitch kept, encoded.

    Args:
        source: the file, of which nothing else is read.
        stream: the track.
        target: gets a stream of the encoder's kind.
        encoder: FFmpeg's name.
        start: seconds on the source's clock that are 0 in the target.
        slower: how many times as long it becomes; 1 keeps it.
    """
    audio = cast(AudioStream, stream)
    rate = _suitable_rate(encoder, audio.codec_context.sample_rate)
    added = cast(AudioStream, target.add_stream(encoder, rate=rate))
    channels = audio.codec_context.channels
    layout = _LAYOUTS.get(channels, "stereo")
    added.codec_context.layout = layout
    if encoder in _BITS_PER_CHANNEL:
        added.codec_context.bit_rate = _BITS_PER_CHANNEL[encoder] * min(channels, 8)
    elif encoder in ("flac", "alac") and _bits(audio) > 16:
        added.codec_context.format = {"flac": "s32", "alac": "s32p"}[encoder]

    def packets() -> Iterator[Packet[Any]]:
        frames = _at_one_rate(_decoded(source, audio), layout, rate, start)
        for frame in _stretched(frames, layout, rate, slower):
            yield from added.encode(frame)
        yield from added.encode(None)

    return packets(), added


def atempo(slower: Fraction) -> list[str]:
    """Arguments of FFmpeg's atempo filters that, one after the other, slow by any factor."""
    stages = max(math.ceil(math.log(slower, _SLOWEST_STAGE) - 1e-9), 1)
    return [f"tempo={float(slower) ** (-1 / stages):.12f}"] * stages


def _decoded(source: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """What can be decoded; where packets are damaged there is a gap."""
    for packet in PacketReader(source, stream):
        with suppress(av.error.FFmpegError, ValueError, MemoryError):
            yield from stream.codec_context.decode(packet)
    with suppress(av.error.FFmpegError, ValueError, EOFError):
        yield from stream.codec_context.decode(None)


def _at_one_rate(
    frames: Iterator[AudioFrame], layout: str, rate: int, start: Fraction
) -> Iterator[AudioFrame]:
    """Floating point at one rate, timed in samples since `start`, however a stream changes."""
    resampler: AudioResampler | None = None
    before: tuple[str, str, int] | None = None
    last = start
    for frame in frames:
        if frame.pts is None or frame.time_base is None:
            continue
        seconds = frame.pts * frame.time_base
        if abs(seconds - last) > LONGEST_GAP_SECONDS:  # no silence is as long: an error of the file
            continue
        last = seconds
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != before and resampler is not None:
            yield from resampler.resample(None)
        if kind != before:
            resampler, before = AudioResampler("fltp", layout, rate), kind
        frame.pts = round((seconds - start) * frame.sample_rate)
        frame.time_base = Fraction(1, frame.sample_rate)
        if resampler is not None:
            yield from resampler.resample(frame)
    if resampler is not None:
        yield from resampler.resample(None)


def _stretched(
    frames: Iterator[AudioFrame], layout: str, rate: int, slower: Fraction
) -> Iterator[AudioFrame]:
    """From time 0 on, without gaps, slowed; as long as what comes in, times `slower`."""
    lead = _lead(rate, slower)
    graph = _graph(layout, rate, slower)
    end = missing = 0
    for frame in frames:
        end = (frame.pts or 0) + frame.samples
        frame.pts = (frame.pts or 0) + lead
        graph.push(frame)
        for ready in _ready(graph):
            missing -= ready.samples
            yield ready
    missing += round(max(end, 0) * slower)
    if slower != 1:
        graph.push(_silence(layout, rate, end + lead, 2 * lead))
    graph.push(None)
    for frame in _ready(graph):
        kept = _shortened(frame, missing)
        missing -= frame.samples
        if kept is not None:
            yield kept


def _lead(rate: int, slower: Fraction) -> int:
    """Samples by which atempo's sound comes early, at the rate of what goes in.

    It lays pieces of `window` samples by their beginnings, so what is in their middles is early
    by the half of one, less that half slowed; the same for any number of stages.

    Source: FFmpeg's af_atempo.c (size of the window); measured with tones of 5 and 50 ms.
    """
    window = 1 << (rate // 24 - 1).bit_length()
    return round(window / 2 * (1 - 1 / slower))


def _graph(layout: str, rate: int, slower: Fraction) -> Graph:
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            sample_rate=rate, format="fltp", layout=layout, time_base=Fraction(1, rate)
        ),
        graph.add("aresample", "async=1:first_pts=0"),
        *(graph.add("atempo", stage) for stage in atempo(slower) if slower != 1),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _silence(layout: str, rate: int, pts: int, samples: int) -> AudioFrame:
    channels = len(AudioLayout(layout).channels)
    frame = AudioFrame.from_ndarray(
        np.zeros((channels, samples), np.float32), format="fltp", layout=layout
    )
    frame.sample_rate, frame.pts, frame.time_base = rate, pts, Fraction(1, rate)
    return frame


def _shortened(frame: AudioFrame, samples: int) -> AudioFrame | None:
    """The first samples of a frame, all of it if there are no more; None for none."""
    if samples >= frame.samples:
        return frame
    if samples <= 0:
        return None
    per_sample = 1 if frame.format.is_planar else len(frame.layout.channels)
    kept = AudioFrame.from_ndarray(
        np.ascontiguousarray(frame.to_ndarray()[:, : samples * per_sample], np.float32),
        format=frame.format.name,
        layout=frame.layout.name,
    )
    kept.sample_rate, kept.pts, kept.time_base = frame.sample_rate, frame.pts, frame.time_base
    return kept


def _ready(graph: Graph) -> Iterator[AudioFrame]:
    with suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            yield cast(AudioFrame, graph.pull())


def _moved(pts: int, step: Fraction, start: Fraction, slower: Fraction) -> int:
    """A timestamp in its own steps, on the target's clock."""
    return round((pts - start / step) * slower)


def _suitable_rate(encoder: str, rate: int) -> int:
    """The source's sample rate, or the nearest that the encoder takes."""
    taken = av.codec.Codec(encoder, "w").audio_rates
    return min(taken, key=lambda known: (abs(known - rate), known)) if taken else rate


def _bits(stream: AudioStream) -> int:
    return stream.codec_context.format.bits
