import numpy as np
import pytest
from av.video.frame import VideoFrame

from filmnet.media.scaling import scaled


def noise(width, height, pixel_format):
    frame = VideoFrame(width, height, pixel_format)
    rng = np.random.default_rng(0)
    for plane in frame.planes:
        plane.update(rng.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
    return frame


@pytest.mark.parametrize(
    ("source", "target", "size"),
    [("yuv410p", "yuv420p", (64, 48)), ("yuv420p10be", "yuv422p10le", (322, 242))],
)
def test_pixels_are_those_of_one_thread(source, target, size):
    """With several, FFmpeg's scaler gives others for these."""
    frame = noise(*size, source)
    wanted = frame.reformat(format=target, threads=1).to_ndarray()
    for _ in range(5):
        assert np.array_equal(scaled(frame, format=target).to_ndarray(), wanted)


def test_size_and_format_are_kept_where_nothing_else_is_asked_for():
    frame = noise(64, 48, "yuv420p")
    assert (scaled(frame, size=(32, 20)).width, scaled(frame).format.name) == (32, "yuv420p")
    assert scaled(frame, format="rgb24").height == 48


def test_the_instant_stays():
    frame = noise(64, 48, "yuv420p")
    frame.pts = 7
    assert scaled(frame, size=(32, 32), format="gray").pts == 7
