"""Opening a video again that has been probed: the same demuxer, and local files alone."""

from __future__ import annotations

import av
from av.container import InputContainer

from filmnet.errors import InputError
from filmnet.media.video_info import VideoInfo


def open_source(source: VideoInfo) -> InputContainer:
    """Open a probed file.

    Raises:
        InputError: it is gone or has changed.
    """
    options = {"protocol_whitelist": "file"}
    demuxer = source.container.split(",")[0]
    try:
        return av.open(source.path, "r", demuxer, container_options=options)
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"{source.path}: cannot be opened any more ({error.strerror})") from error
