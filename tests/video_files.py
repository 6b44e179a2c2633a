"""Small videos for the tests of several packages, and what is in a file, read with PyAV alone."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

SIZE = (64, 48)


def plain(value, size=SIZE):
    """A grey picture."""
    return np.full((size[1], size[0], 3), value, np.uint8)


def texture(shift=0, *, seed=0, low=40, high=200, size=SIZE):
    """A picture full of detail, moved to the right by `shift` pixels; all have one mean."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(low, high, (size[1] // 8, size[0] // 8, 3)).astype(np.uint8)
    return np.roll(coarse.repeat(8, axis=0).repeat(8, axis=1), shift, axis=1)


def write_clip(path, pictures, *, fps=25, times=None, sound=None):
    """Write a video of pictures (H, W, 3), H.264 of high quality.

    Args:
        path: .mp4, .mkv or .mov.
        pictures: in order.
        fps: frames per second.
        times: seconds of each picture, where the rate varies.
        sound: seconds of a tone to put beside it.
    """
    rate = Fraction(fps)
    base = Fraction(1, 90_000)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate, options={"crf": "4", "preset": "ultrafast"})
        stream.pix_fmt = "yuv420p"
        audio = None if sound is None else file.add_stream("aac", 48_000, layout="mono")
        for k, picture in enumerate(pictures):
            if not k:
                stream.height, stream.width = picture.shape[:2]
                stream.codec_context.time_base = base
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            seconds = k / rate if times is None else Fraction(times[k])
            frame.pts, frame.time_base = round(seconds / base), base
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if audio is not None:
            write_tone(file, audio, sound)
    return path


def write_tone(file, stream, seconds):
    """Put a tone of 440 Hz into a file that is being written."""
    samples = np.sin(np.arange(round(48_000 * seconds)) * 2 * np.pi * 440 / 48_000)
    frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "fltp", "mono")
    frame.sample_rate, frame.pts = 48_000, 0
    file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def read_clip(path):
    """All pictures of a file as it decodes them, (number, H, W, 3)."""
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])


def read_times(path):
    """Seconds of all pictures of a file."""
    with av.open(str(path)) as file:
        return [Fraction(frame.pts) * frame.time_base for frame in file.decode(video=0)]
