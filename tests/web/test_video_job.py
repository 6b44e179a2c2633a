from __future__ import annotations

import av
import pytest

from filmnet.jobs import Cancel, Cancelled
from filmnet.web.network import SharedNetwork
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError
from filmnet.web.video_job import VideoOrder, check_video_order, make_retimed_video
from page_serving import BlendingNetwork
from video_files import texture, write_clip

LIMITS = Limits(frames=60, pixels=100_000)


@pytest.fixture
def network():
    return SharedNetwork(BlendingNetwork)


@pytest.fixture
def clip(tmp_path):
    """Eight frames at 25 per second, with a tone."""
    return write_clip(
        tmp_path / "clip.mp4", [texture(k, size=(64, 64)) for k in range(8)], sound=0.32
    )


def make(order, folder, network, report=lambda progress: None, cancel=None):
    folder.mkdir(exist_ok=True)
    return make_retimed_video(order, folder, network, report, cancel or Cancel())


def read(path):
    """Frames, frames per second, pixels, codec, and whether there is sound."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = len(list(container.decode(stream)))
        kind = stream.codec_context.pix_fmt, stream.codec.canonical_name
        return frames, float(stream.average_rate), *kind, bool(container.streams.audio)


def test_smoother_has_more_frames_in_the_same_time(clip, tmp_path, network):
    made = make(VideoOrder(video=clip, smoother=2), tmp_path / "job", network)
    assert read(made.file) == (made.frames, 50.0, "yuv420p", "h264", True)
    assert made.frames == 16
    assert made.shown == "video"


def test_slower_takes_longer(clip, tmp_path, network):
    order = VideoOrder(video=clip, smoother=1, slower=2, audio=False)
    made = make(order, tmp_path / "job", network)
    assert read(made.file) == (16, 25.0, "yuv420p", "h264", False)


@pytest.mark.parametrize("name", ["webm", "gif", "frames", "mkv"])
def test_other_formats_come_out_whole(clip, tmp_path, network, name):
    made = make(VideoOrder(video=clip, format=name, audio=False), tmp_path / "job", network)
    assert made.file.stat().st_size > 100


def test_ten_bits_become_a_video_that_browsers_play(tmp_path, network):
    clip = tmp_path / "deep.mp4"
    with av.open(str(clip), "w") as file:
        stream = file.add_stream("libx264", 25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        for k in range(4):
            frame = av.VideoFrame.from_ndarray(texture(k, size=(64, 64)), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    order = VideoOrder(video=clip)
    check_video_order(order, LIMITS)
    made = make(order, tmp_path / "job", network)
    assert read(made.file)[2:4] == ("yuv420p10le", "av1")


def test_a_stopped_job_leaves_nothing_not_even_pieces(clip, tmp_path, network):
    cancel = Cancel()

    def report(progress):
        if progress.frames_done >= 3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        make(VideoOrder(video=clip), tmp_path / "job", network, report, cancel)
    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"smoother": 16}, "That would be 128 frames, and 60 is the most"),
        ({"smoother": 1}, "stays as it is"),
        ({"smoother": 0.5}, "Smoother goes from 1 to 16"),
        ({"slower": 1000}, "slower from 1 to 100"),
        ({"smoother": float("nan")}, "Smoother goes from 1 to 16"),
        ({"format": "exe"}, "no format exe"),
    ],
)
def test_each_limit_is_one_sentence(clip, options, message):
    with pytest.raises(PageError, match=message):
        check_video_order(VideoOrder(video=clip, **options), LIMITS)


def test_large_frames_are_refused(clip):
    with pytest.raises(PageError, match=r"clip.mp4 has 64×64 pixels, more than 0.001 mega"):
        check_video_order(VideoOrder(video=clip), Limits(pixels=1000))


def test_a_file_that_is_no_video_is_named_without_its_folder(tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"x" * 100)
    with pytest.raises(PageError) as raised:
        check_video_order(VideoOrder(video=bad), LIMITS)
    assert str(raised.value).startswith("bad.mp4 is damaged")
