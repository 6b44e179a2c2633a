"""Pieces of a long video become one file, without encoding what is encoded."""

from __future__ import annotations

import heapq
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from filmnet.media.formats import file_format
from filmnet.media.frames_writer import frame_name
from filmnet.media.output import open_writer
from filmnet.media.png_segment import read_segment, segment_files
from filmnet.media.segment_folder import Segment
from filmnet.media.soundtrack import SoundtrackPlan
from filmnet.media.soundtrack_writer import SoundtrackWriter
from filmnet.media.stream_header import EncodedVideo, stream_template
from filmnet.media.video_plan import VideoPlan
from filmnet.media.video_settings import VideoSettings

_CODECS = {
    "libx264": "h264",
    "libx265": "hevc",
    "libvpx-vp9": "vp9",
    "libsvtav1": "av1",
    "prores_ks": "prores",
}
"""What encoders make, as `stream_header` calls it."""

_REORDERING = ("libx264", "libx265")
"""Encoders whose packets come in another order than their frames are shown in."""


_REFUSALS = (av.error.ArgumentError, av.error.InvalidDataError)
"""What FFmpeg says of packets and tracks that it does not write."""


def join_segments(
    segments: Sequence[Segment], part: Path, plan: VideoPlan, soundtrack: SoundtrackPlan
) -> tuple[str, ...]:
    """Write encoded pieces and everything that goes with them into one file.

    Decoded, it equals the pieces one after the other. Memory does not depend on its length.

    Args:
        segments: Matroska files of encoded video, without a gap.
        part: the file to write.
        plan: how the pieces were written.
        soundtrack: what goes with them.

    Returns:
        What was met that the plan did not foresee: sentences.
    """
    if plan.settings is None:
        raise ValueError("pieces of PNG files are not joined by packets")
    try:
        return _join(segments, part, plan, plan.settings, soundtrack)
    except _TracksError:
        alone = replace(soundtrack, tracks=())
        remarks = _join(segments, part, plan, plan.settings, alone)
    what = " and ".join(sorted({track.kind for track in soundtrack.tracks}))
    return (*remarks, f"no {what} track is kept: they are too damaged for a file to hold them")


class _TracksError(Exception):
    """What goes with the pictures is of a kind that no file begins with."""


def _join(
    segments: Sequence[Segment],
    part: Path,
    plan: VideoPlan,
    settings: VideoSettings,
    soundtrack: SoundtrackPlan,
) -> tuple[str, ...]:
    kind = file_format(plan.spec.path)
    options = {**kind.options, **soundtrack.muxer_options(kind.container)}
    with (
        stream_template(_describe(segments[0].path, settings)) as template,
        closing(SoundtrackWriter(soundtrack, kind.container)) as sound,
        av.open(str(part), "w", kind.container, options) as target,
    ):
        stream = _add_video(target, template, settings, kind.container)
        try:
            tracks = [_video_packets(segments, stream, settings), *sound.add_tracks(target)]
            target.start_encoding()
        except _REFUSALS as error:
            if soundtrack.tracks:
                raise _TracksError from error
            raise
        for packet in heapq.merge(*tracks, key=_seconds):
            _mux(target, packet, stream)
        return sound.remarks


def join_frames(segments: Sequence[Segment], folder: Path) -> None:
    """PNG files of all pieces in one folder, with the digits that their number needs."""
    folder.mkdir()
    total = segments[-1].stop
    for segment in segments:
        numbers = range(segment.start, segment.stop)
        for i, path in zip(numbers, segment_files(segment.path), strict=True):
            _link(path, folder / frame_name(i, total))


def join_pictures(segments: Sequence[Segment], part: Path, plan: VideoPlan) -> None:
    """Encode PNG pieces as one GIF, WebP or APNG."""
    writer = open_writer(plan.spec, part, plan.size, plan.dtype, has_alpha=plan.has_alpha)
    try:
        for segment in segments:
            for picture in read_segment(segment.path):
                writer.write(picture)
        writer.close()
    except BaseException:
        writer.abort()
        raise


def _mux(target: OutputContainer, packet: Packet[Any], pictures: VideoStream) -> None:
    """Write a packet; one that no file takes is left out, unless it is of the pictures."""
    if packet.stream is pictures or packet.stream_index == pictures.index:
        target.mux_one(packet)
        return
    with suppress(*_REFUSALS):
        target.mux_one(packet)


def _describe(first: Path, settings: VideoSettings) -> EncodedVideo:
    with av.open(str(first), "r", "matroska") as container:
        stream = container.streams.video[0]
        return EncodedVideo(
            codec=_CODECS[settings.encoder.name],
            parameters=bytes(stream.codec_context.extradata or b""),
            first_packet=bytes(next(container.demux(stream))),
            size=settings.encoded_size,
            sample_aspect=settings.sample_aspect,
            colour=settings.colour,
        )


def _add_video(
    target: OutputContainer, template: VideoStream, settings: VideoSettings, container: str
) -> VideoStream:
    stream = target.add_stream_from_template(template, opaque=True)
    stream.time_base = 1 / settings.fps
    stream.codec_context.framerate = settings.fps
    if container in ("mp4", "mov") and settings.codec_tag:
        stream.codec_context.codec_tag = settings.codec_tag
    if settings.has_alpha and settings.encoder.name == "libvpx-vp9":
        stream.codec_context.pix_fmt = settings.pixel_format  # by which the muxer knows it
    return stream


def _video_packets(
    segments: Sequence[Segment], stream: VideoStream, settings: VideoSettings
) -> Iterator[Packet[Any]]:
    """Packets of all pieces, numbered by frame: shown as the encoder said, decoded in order."""
    fps, delay, number = settings.fps, 0, 0
    if settings.encoder.name in _REORDERING:
        delay = max(_delay(segment.path, fps) for segment in segments)
    for segment in segments:
        for packet, shown in _numbered(segment.path, fps):
            packet.stream = stream
            packet.time_base = 1 / fps
            packet.pts = segment.start + shown
            packet.dts = number - delay
            packet.duration = 1
            number += 1
            yield packet


def _delay(path: Path, fps: Fraction) -> int:
    """Frames by which the decoder has to be ahead of what is shown."""
    return max(i - shown for i, (_, shown) in enumerate(_numbered(path, fps)))


def _numbered(path: Path, fps: Fraction) -> Iterator[tuple[Packet[Any], int]]:
    """Packets and the number, in the piece, of the frame that each holds.

    Matroska counts in milliseconds, which tell frames apart up to 1000 per second.
    """
    with av.open(str(path), "r", "matroska") as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.pts is not None:
                yield packet, round(packet.pts * packet.time_base * fps)


def _seconds(packet: Packet[Any]) -> Fraction:
    when = packet.dts if packet.dts is not None else packet.pts
    return (when or 0) * packet.time_base


def _link(path: Path, target: Path) -> None:
    """A second name for a file, or a copy where the file system has one name per file."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
