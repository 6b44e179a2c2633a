from fractions import Fraction

import av
import pytest

from filmnet.media.output_spec import check_output
from filmnet.media.soundtrack import plan_soundtrack
from video_material import FPS, about, clicks, write_source

SOUND = clicks(0.3, at=(0.1,))


@pytest.fixture
def plan(tmp_path):
    def make(name, encoders, *, slower=1, keep_audio=True, container="matroska", extra=None):
        sounds = [(encoder, SOUND, "eng") for encoder in encoders]
        path = tmp_path / "in"
        write_source(path, container=container, sounds=sounds, frames=9, extra=extra)
        spec = check_output(f"{tmp_path}/{name}", fps=FPS)
        source = about(path, container=container)
        return plan_soundtrack(spec, source, slower=Fraction(slower), keep_audio=keep_audio)

    return make


@pytest.mark.parametrize(
    ("encoder", "name", "written"),
    [
        ("aac", "a.mp4", None),
        ("flac", "a.mp4", None),
        ("pcm_s16le", "a.mp4", "aac"),
        ("pcm_s24le", "a.mov", None),
        ("flac", "a.mov", "aac"),
        ("libopus", "a.mov", "aac"),
        ("libopus", "a.webm", None),
        ("aac", "a.webm", "libopus"),
        ("pcm_s16le", "a.mkv", None),
    ],
)
def test_sound_is_copied_where_the_file_holds_it(plan, encoder, name, written):
    made = plan(name, [encoder])
    assert [track.encoder for track in made.tracks] == [written]
    assert bool(made.remarks) == (written is not None)


@pytest.mark.parametrize(
    ("encoder", "name", "written"),
    [
        ("aac", "a.mp4", "aac"),
        ("libopus", "a.mp4", "libopus"),
        ("libmp3lame", "a.mkv", "libmp3lame"),
        ("flac", "a.mkv", "flac"),
        ("pcm_s16le", "a.mov", "pcm_s16le"),
        ("ac3", "a.mp4", "aac"),
        ("aac", "a.webm", "libopus"),
    ],
)
def test_slowed_sound_is_encoded_in_its_family_and_that_is_said(plan, encoder, name, written):
    made = plan(name, [encoder], slower="5/2")
    assert [track.encoder for track in made.tracks] == [written]
    assert made.remarks == (
        f"sound becomes 2.5 times as long, its pitch kept, and is encoded again ({written})",
    )


def test_sound_is_dropped_when_asked(plan):
    made = plan("a.mp4", ["aac", "aac"], keep_audio=False)
    assert (made.tracks, made.remarks) == ((), ("sound is dropped, as asked",))


@pytest.mark.parametrize(
    ("name", "what"), [("a.gif", ".gif"), ("a.apng", ".apng"), ("out/", "a folder of frames")]
)
def test_an_output_of_pictures_alone_says_what_it_does_not_hold(plan, name, what):
    assert plan(name, ["aac"]).remarks == (f"{what} holds no sound",)
    assert plan(name, []).remarks == ()


def test_a_cover_picture_is_not_kept_and_that_is_said(plan):
    def cover(file):
        stream = file.add_stream("mjpeg", FPS)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuvj420p"
        stream.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame(16, 16, "yuvj420p")
        frame.pts, frame.time_base = 0, 1 / FPS
        return [*stream.encode(frame), *stream.encode(None)]

    made = plan("a.mp4", [], container="mp4", extra=cover)
    assert made.remarks == ("the cover picture (mjpeg) is not kept",)


def test_attachments_stay_in_matroska_alone(plan):
    def font(file):
        file.add_attachment("a.ttf", "font/ttf", b"font")
        return []

    assert [track.kind for track in plan("a.mkv", [], extra=font).tracks] == ["attachment"]
    assert plan("a.mp4", [], extra=font).remarks == (
        "the attachment a.ttf is not kept, which only .mkv files hold",
    )
