"""Made frames are neither brighter nor darker than the real ones beside them, in whole jobs."""

from fractions import Fraction

import av
import numpy as np
import pytest

import filmnet
from filmnet.jobs import video_to_video
from video_files import texture

BOUND = 0.5
"""Code values of 8 bits: less than what the eye sees as flicker."""

KINDS = {
    "8 bits": ("in.mp4", "libx264", "yuv420p", 1),
    "full range": ("in.mp4", "libx264", "yuvj420p", 2),
    "4:4:4": ("in.mp4", "libx264", "yuv444p", 1),
    "10 bits": ("in.mkv", "libx265", "yuv420p10le", 1),
    "VP9": ("in.webm", "libvpx-vp9", "yuv420p", 1),
    "ProRes": ("in.mov", "prores_ks", "yuv422p10le", 1),
}
"""Name, encoder, pixels and range of the input."""


class Copying:
    """Makes frames that are their first neighbour, `brighter` by some code values of 8 bits."""

    def __init__(self, brighter=0):
        self.brighter = brighter

    def describe(self):
        return "copies"

    identify = describe

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        step = self.brighter * (257 if image0.dtype == np.uint16 else 1)
        yield from (image0 + image0.dtype.type(step) for _ in times)


def write(path, encoder, pixel_format, colour_range):
    """Pictures in motion that all have one mean, finely coded."""
    options = {"crf": "2", "x265-params": "log-level=none"} if encoder == "libx265" else {}
    options |= {"crf": "4"} if encoder in ("libx264", "libvpx-vp9") else {}
    with av.open(str(path), "w") as file:
        stream = file.add_stream(encoder, 25, options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixel_format
        stream.codec_context.color_range = colour_range
        for k in range(10):
            picture = texture(2 * k, size=(96, 64), low=60, high=190)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(
                format=pixel_format, dst_color_range=colour_range, threads=1, src_color_range=2
            )
            frame.pts, frame.time_base = k, Fraction(1, 25)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def largest_step(path):
    """Largest difference of the means of frames beside one another: real, made, real, ...

    In code values of 8 bits, of each channel.
    """
    with av.open(str(path)) as file:
        deep = [frame.to_ndarray(format="rgb48le") for frame in file.decode(video=0)]
    means = np.stack([picture.mean((0, 1)) for picture in deep])[1:-1] / 257
    return np.abs(np.diff(means, axis=0)).max()


@pytest.fixture
def step(tmp_path):
    def run(kind, maker):
        name, *how = KINDS[kind]
        source = write(tmp_path / name, *how)
        output = tmp_path / f"out-{name}"
        crf = None if kind == "ProRes" else 4  # so that the encoder does not even out a step
        video_to_video(source, output, fps=50, crf=crf, interpolator=maker)
        return largest_step(output)

    return run


@pytest.mark.parametrize("kind", KINDS)
def test_real_and_made_frames_take_the_same_path(step, kind):
    assert step(kind, Copying()) < BOUND


@pytest.mark.parametrize("kind", ["8 bits", "10 bits"])
def test_one_code_value_more_would_be_seen(step, kind):
    assert step(kind, Copying(brighter=1)) > BOUND


def test_the_network_itself_makes_no_step(step):
    assert step("8 bits", filmnet.load(precision="float32", optimize="never")) < BOUND
