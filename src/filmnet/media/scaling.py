"""FFmpeg's scaler, as far as it can be trusted."""

from __future__ import annotations

from av.video.frame import VideoFrame


def scaled(
    frame: VideoFrame,
    *,
    size: tuple[int, int] | None = None,
    format: str | None = None,  # noqa: A002 - what FFmpeg calls it
) -> VideoFrame:
    """A frame of another size or pixel format, with its time and tags.

    One thread does it: with several, each of which takes some rows, FFmpeg's scaler writes past
    the end of its rows for some sizes and formats, into what lies behind.

    Args:
        frame: any.
        size: width and height; None for the frame's.
        format: FFmpeg's name of the pixels; None for the frame's.
    """
    width, height = size or (frame.width, frame.height)
    return frame.reformat(width, height, format or frame.format.name, threads=1)
