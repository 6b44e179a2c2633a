"""What is in a video file, told without decoding it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame as Decoded
from av.video.stream import VideoStream

from filmnet.errors import InputError
from filmnet.media.frame_colour import colour_of, has_alpha
from filmnet.media.orientation import orientation_of
from filmnet.media.photo_list import PathLike
from filmnet.media.photos import MAX_PIXELS
from filmnet.media.video_colour import VideoColour
from filmnet.media.video_container import is_encrypted, main_stream, open_container, open_decoder
from filmnet.media.video_packets import PacketReader, StreamPacket
from filmnet.media.video_timing import Timing, nominal_rate, time_packets

_SCAN_BYTES = 1 << 29
"""Bytes of packets that are read for their instants; longer videos are known by their headers."""


@dataclass(frozen=True, kw_only=True)
class AudioTrack:
    """A soundtrack."""

    index: int
    """Of the stream in the file."""

    codec: str
    """FFmpeg's name."""

    sample_rate: int
    channels: int
    language: str | None
    title: str | None


@dataclass(frozen=True, kw_only=True)
class SubtitleTrack:
    """A track of subtitles."""

    index: int
    codec: str
    language: str | None
    title: str | None


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A chapter; seconds since the video's first shown frame."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What is in a video file."""

    path: str
    container: str
    """FFmpeg's name of the demuxer."""

    stream: int
    """Index of the video stream in the file."""

    codec: str
    """FFmpeg's name."""

    profile: str | None
    pixel_format: str
    """FFmpeg's name."""

    size: tuple[int, int]
    """Width and height as shown: upright."""

    rotation: int
    """Degrees, clockwise, by which coded pictures are turned to be upright: 0, 90, 180 or 270."""

    is_mirrored: bool
    """Whether coded pictures are mirrored (left to right) before they are turned."""

    sample_aspect: Fraction
    """Width of a pixel over its height, upright."""

    frame_rate: Fraction
    """Nominal."""

    frames: int | None
    """Frames that are shown; None where only reading tells."""

    duration: Fraction
    """Seconds from the first shown frame to the end of the last."""

    start: Fraction
    """Seconds on the file's clock at which the first frame is shown; sound shares that clock."""

    is_variable: bool | None
    """Whether the frame rate varies; None where only reading tells."""

    is_interlaced: bool
    has_alpha: bool
    colour: VideoColour
    bit_rate: int | None
    """Of the video stream, bits per second."""

    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: tuple[Chapter, ...]
    metadata: Mapping[str, str]


def probe_video(path: PathLike) -> VideoInfo:
    """What is in a video file.

    One frame is decoded; of the others the instants are read, unless the file is very large.

    Raises:
        InputError: no file, not a video, an encrypted one, or one without frames.
    """
    with open_container(path) as container:
        stream = main_stream(container, path)
        scan = _Scan(container, stream, path)
        return _describe(path, container, stream, scan)


class _Scan:
    """The first frame of a stream, and the instants of all."""

    def __init__(self, container: InputContainer, stream: VideoStream, path: PathLike) -> None:
        self.stamps: list[tuple[int, int]] = []
        self.packets = 0
        self.is_whole = True
        self.frame: Decoded | None = None
        context = open_decoder(stream, threads=1)
        size_bytes = 0
        for packet in PacketReader(container, stream):
            if self.packets == 0 and is_encrypted(packet):
                raise InputError(f"{path}: this video is encrypted; decrypt it first")
            self._count(packet)
            if self.frame is None:
                self.frame = _first_frame(context, packet)
            size_bytes += packet.size
            if size_bytes > _SCAN_BYTES and self.frame is not None:
                self.is_whole = False
                break
        if self.frame is None:
            self.frame = _first_frame(context, None)

    def _count(self, packet: StreamPacket) -> None:
        if packet.is_discard:
            return
        self.packets += 1
        if packet.pts is not None:
            self.stamps.append((packet.pts, packet.duration or 0))


def _first_frame(context: av.VideoCodecContext, packet: StreamPacket | None) -> Decoded | None:
    """The first frame that comes out with a packet."""
    try:
        frames = context.decode(packet)
    except (av.error.FFmpegError, ValueError, MemoryError, EOFError):
        return None
    return frames[0] if frames else None


def _describe(
    path: PathLike, container: InputContainer, stream: VideoStream, scan: _Scan
) -> VideoInfo:
    frame = scan.frame
    if frame is None:
        raise InputError(f"{path}: there is no frame in this video that can be decoded")
    width, height = frame.width, frame.height
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{path}: {width}x{height} pixels are more than {MAX_PIXELS:,}; make the video smaller"
        )
    orientation = orientation_of(frame)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    swaps = orientation.swaps_sides
    time_base = stream.time_base or Fraction(1, 1000)
    first = frame.pts if frame.pts is not None else min(scan.stamps, default=(0, 0))[0]
    timing = _timing(container, stream, scan)
    return VideoInfo(
        path=os.fspath(path),
        container=container.format.name,
        stream=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        profile=stream.profile,
        pixel_format=frame.format.name,
        size=(height, width) if swaps else (width, height),
        rotation=orientation.rotation,
        is_mirrored=orientation.is_mirrored,
        sample_aspect=1 / aspect if swaps and aspect else aspect or Fraction(1),
        frame_rate=timing.frame_rate,
        frames=scan.packets if scan.is_whole else stream.frames or None,
        duration=timing.duration,
        start=first * time_base,
        is_variable=timing.is_variable if scan.is_whole else None,
        is_interlaced=frame.interlaced_frame,
        has_alpha=has_alpha(frame.format),
        colour=colour_of(frame),
        bit_rate=stream.bit_rate or None,
        audio=tuple(_audio_tracks(container)),
        subtitles=tuple(_subtitle_tracks(container)),
        chapters=tuple(_chapters(container, first * time_base)),
        metadata=dict(container.metadata),
    )


def _timing(container: InputContainer, stream: VideoStream, scan: _Scan) -> Timing:
    time_base = stream.time_base or Fraction(1, 1000)
    nominal = stream.guessed_rate or stream.average_rate
    if not scan.stamps:
        rate = nominal_rate(nominal, None)
        return Timing(rate, scan.packets / rate, is_variable=False)
    timing = time_packets(scan.stamps, time_base, nominal)
    if scan.is_whole:
        return timing
    stated = [
        (stream.duration or 0) * time_base,
        Fraction(container.duration or 0, av.time_base),
    ]
    duration = next((length for length in stated if length > timing.duration), timing.duration)
    return replace(timing, duration=duration)


def _audio_tracks(container: InputContainer) -> Iterable[AudioTrack]:
    for stream in container.streams.audio:
        context = stream.codec_context
        yield AudioTrack(
            index=stream.index,
            codec=context.codec.canonical_name if context else "unknown",
            sample_rate=stream.sample_rate if context else 0,
            channels=stream.channels if context else 0,
            language=_language(stream),
            title=stream.metadata.get("title"),
        )


def _subtitle_tracks(container: InputContainer) -> Iterable[SubtitleTrack]:
    for stream in container.streams.subtitles:
        yield SubtitleTrack(
            index=stream.index,
            codec=stream.codec_context.codec.canonical_name if stream.codec_context else "unknown",
            language=_language(stream),
            title=stream.metadata.get("title"),
        )


def _language(stream: Any) -> str | None:
    """None where it is not said."""
    language = stream.metadata.get("language")
    return None if language == "und" else language


def _chapters(container: InputContainer, start: Fraction) -> Iterable[Chapter]:
    for chapter in container.chapters():
        base = chapter["time_base"] or Fraction(1, 1000)
        yield Chapter(
            start=chapter["start"] * base - start,
            end=chapter["end"] * base - start,
            title=chapter["metadata"].get("title", ""),
        )
