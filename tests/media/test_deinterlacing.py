from fractions import Fraction

import numpy as np
import pytest
from av.filter import Graph
from av.video.frame import VideoFrame

from filmnet.media.deinterlacing import Deinterlacer
from filmnet.media.video_reader import VideoReader
from media.video_files import write_video


def grey(value, size=(64, 48)):
    frame = VideoFrame(*size, "yuv420p")
    for plane, level in zip(frame.planes, (value, 128, 128), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    return frame


def woven(first, second, **options):
    """A picture whose even rows are of one brightness and whose odd rows of another."""
    frame = grey(first, **options)
    rows = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)
    rows[1::2] = second
    graph = Graph()
    nodes = [graph.add_buffer(template=None, **_about(frame)), graph.add("setfield", "tff")]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    graph.vpush(frame)
    return graph.vpull()


def _about(frame):
    size = {"width": frame.width, "height": frame.height}
    return {**size, "format": frame.format, "time_base": Fraction(1, 25)}


def luma(frame):
    rows = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)
    return rows[:, : frame.width]


def through(deinterlacer, frames):
    return [out for frame in frames for out in deinterlacer.push(frame)] + [*deinterlacer.finish()]


def test_frames_that_are_whole_pass_as_they_are():
    deinterlacer, frames = Deinterlacer(), [grey(50), grey(90)]
    assert all(a is b for a, b in zip(through(deinterlacer, frames), frames, strict=True))
    assert deinterlacer.frames == 0


def test_one_whole_frame_comes_out_for_each_that_is_woven():
    deinterlacer = Deinterlacer()
    frames = through(deinterlacer, [woven(40 + 9 * k, 200 - 9 * k) for k in range(5)])
    assert len(frames) == deinterlacer.frames == 5
    for frame in frames[1:-1]:
        inside = luma(frame)[8:-8].astype(int)
        assert np.abs(np.diff(inside, axis=0)).max() < 80  # rows no longer jump by 160


def test_whole_frames_between_woven_ones_keep_their_pixels():
    frames = [woven(40, 200), grey(70), grey(70), grey(70), woven(40, 200)]
    out = through(Deinterlacer(), frames)
    assert len(out) == 5
    assert (luma(out[2]) == 70).all()


@pytest.mark.parametrize("size", [(32, 16), (128, 96)])
def test_a_frame_of_another_size_is_brought_to_the_first(size):
    out = through(Deinterlacer(), [woven(40, 200), grey(70, size=size), woven(40, 200)])
    assert [(frame.width, frame.height) for frame in out] == [(64, 48)] * 3


def test_nothing_comes_out_of_nothing():
    assert list(Deinterlacer().finish()) == []


def test_the_reader_says_that_it_has_deinterlaced(tmp_path):
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    path = write_video(tmp_path / "a.mkv", 6, options=options)
    with VideoReader(path) as reader:
        assert len(list(reader)) == 6
        assert reader.notes == ["the video is interlaced and has been deinterlaced"]
