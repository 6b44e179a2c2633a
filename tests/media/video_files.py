"""Small videos, made by FFmpeg in the test."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

MUXER_OF = {".ts": "mpegts", ".mpg": "mpeg", ".mkv": "matroska"}


def scene(number, width=64, height=48):
    """A colourful picture that says which frame it is: a bright square moves over a gradient."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 3, y * 4, 40 + x + y], axis=-1) % 256
    left = number * 3 % (width - 12)
    picture[height // 3 : height // 3 + 12, left : left + 12] = (230, 200, 40)
    return picture.astype(np.uint8)


def write_video(
    path,
    frames=12,
    *,
    codec="libx264",
    pixel_format="yuv420p",
    size=(64, 48),
    rate=Fraction(25),
    instants=None,
    time_base=None,
    options=None,
    container_options=None,
    rotation=None,
    mirrored=False,
    prepare=None,
    metadata=None,
    picture=scene,
):
    """Write a video; `instants` are in units of `time_base` (default 1/rate)."""
    width, height = size
    time_base = time_base or 1 / rate
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate, options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = time_base
        stream.metadata.update(metadata or {})
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirrored)
        if prepare:
            prepare(stream.codec_context)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")
            frame = frame.reformat(format=pixel_format)
            frame.pts = number if instants is None else instants[number]
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
