"""Opening videos that nobody vouches for: known kinds of files, and nothing but that one file.

A name such as `holiday.mp4` says nothing about what is inside. A playlist, a list of files or a
description of a stream would make FFmpeg open other files or addresses, so only demuxers that
read pictures and sound from the file itself are allowed, and only the protocol for files.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, cast

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from filmnet.errors import InputError
from filmnet.media.photo_list import PathLike
from filmnet.media.photos import MAX_PIXELS

DEMUXERS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "flv",
    "asf",
    "mxf",
    "ogg",
    "gif",
    "apng",
    "dv",
    "nut",
    "ivf",
    "yuv4mpegpipe",
    "h264",
    "hevc",
    "m4v",
    "mpegvideo",
)
"""FFmpeg's names of what may be read."""

_CONTAINER_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(DEMUXERS),
    "enable_drefs": "0",  # a .mov may say that its pictures are in other files
    "use_absolute_path": "0",
}
_STREAM_OPTIONS = {"max_pixels": str(MAX_PIXELS)}

_ENCRYPTED = ("encryption_info", "encryption_init_info")


def open_container(path: PathLike) -> InputContainer:
    """Open a file of one of the allowed kinds.

    Raises:
        InputError: it is missing, no plain file, empty, or none of these kinds.
    """
    _check_file(Path(path))
    try:
        container = av.open(
            f"file:{Path(path).absolute()}",
            options=_STREAM_OPTIONS,
            container_options=_CONTAINER_OPTIONS,
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise InputError(
            f"{path}: this is not a video of a known kind, or it is damaged at its start; "
            "convert it to .mp4 or .mkv"
        ) from error
    return container


def main_stream(container: InputContainer, path: PathLike) -> VideoStream:
    """The stream of pictures that players show.

    Raises:
        InputError: there is none, or none that can be decoded.
    """
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not streams:
        raise InputError(f"{path}: there is no video in this file; name one that has pictures")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
    if stream.codec_context is None:
        raise InputError(
            f"{path}: the codec of this video is not known; convert it to H.264 or HEVC"
        )
    return stream


def open_decoder(stream: VideoStream, threads: int | None) -> av.VideoCodecContext:
    """The decoder of a stream; of VP8 and VP9 with alpha the one that reads it.

    Args:
        stream: of pictures.
        threads: for decoding; None for as many as there are cores.
    """
    context = stream.codec_context
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(context.name)
    if name is not None and _says_alpha(stream):
        context = cast("av.VideoCodecContext", av.CodecContext.create(name, "r"))
    context.options = dict(_STREAM_OPTIONS)
    context.thread_count = threads or 0
    context.thread_type = "AUTO"
    return context


def _says_alpha(stream: VideoStream) -> bool:
    """Whether a track of VP8 or VP9 is marked as having alpha; some programs shout the mark."""
    return any(key.lower() == "alpha_mode" and text == "1" for key, text in stream.metadata.items())


def is_encrypted(packet: av.Packet[VideoStream]) -> bool:
    """Whether a packet can only be decoded by who has its key."""
    return any(side.data_type in _ENCRYPTED for side in packet.iter_sidedata())


def _check_file(path: Path) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116 - names that Path refuses have to be said, too
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not possible"
        raise InputError(f"{path}: this video cannot be read ({reason})") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: this is a folder; name a video")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path}: this is not a file but a device or a pipe; name a video")
    if status.st_size == 0:
        raise InputError(f"{path}: this file is empty; name a video")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: there is no permission to read this video")
