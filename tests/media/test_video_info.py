import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.media.video_info import probe_video
from media.video_files import write_video


def test_a_file_is_described_without_being_decoded(tmp_path):
    path = write_video(tmp_path / "a.mp4", 12, metadata={"title": "x"}, rotation=90)
    info = probe_video(path)
    assert (info.codec, info.pixel_format, info.size) == ("h264", "yuv420p", (48, 64))
    assert (info.frame_rate, info.frames, info.duration) == (25, 12, Fraction(12, 25))
    assert (info.is_variable, info.is_interlaced, info.has_alpha) == (False, False, False)
    assert info.audio == ()


@pytest.mark.parametrize(
    ("encoder", "name", "family"),
    [("libsvtav1", "a.mp4", "av1"), ("libvpx-vp9", "a.webm", "vp9"), ("libx265", "a.mkv", "hevc")],
)
def test_a_codec_is_called_by_its_own_name(tmp_path, monkeypatch, encoder, name, family):
    monkeypatch.setenv("SVT_LOG", "1")
    options = {"x265-params": "log-level=none"} if encoder == "libx265" else {}
    path = write_video(tmp_path / name, 3, codec=encoder, size=(64, 64), options=options)
    assert probe_video(path).codec == family  # and not, such as libdav1d, that of the decoder


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.flv"])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(60000, 1001), Fraction(50)])
def test_rate_and_duration_are_exact_where_the_clock_counts_milliseconds(tmp_path, name, rate):
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    options = {"deadline": "realtime"} if name == "a.webm" else {"preset": "ultrafast"}
    path = write_video(tmp_path / name, 25, rate=rate, codec=codec, options=options)
    info = probe_video(path)
    assert (info.frame_rate, info.duration) == (rate, 25 / rate)


@pytest.mark.parametrize("rate", [b"F0:1", b"F0:0", b"F25:0", b"F-5:1", b"F1000000:1"])
def test_a_stated_rate_that_is_none_is_25(tmp_path, rate):
    path = write_video(tmp_path / "a.y4m", 8, codec="rawvideo")
    path.write_bytes(path.read_bytes().replace(b"F25:1", rate, 1))
    info = probe_video(path)
    assert (info.frame_rate, info.duration, info.frames) == (25, Fraction(8, 25), 8)


@pytest.mark.parametrize(
    ("scale", "rate"), [(0, 0), (0, 25), (1, 0), (1, 2**32 - 1), (2**31 - 1, 1)]
)
def test_an_avi_of_a_damaged_rate_has_one(tmp_path, scale, rate):
    path = write_video(tmp_path / "a.avi", 8, codec="mpeg4")
    data = bytearray(path.read_bytes())
    start = data.index(b"strh") + 28
    data[start : start + 8] = struct.pack("<II", scale, rate)
    path.write_bytes(data)
    info = probe_video(path)
    assert (info.frame_rate, info.duration) == (25, Fraction(8, 25))


@pytest.mark.parametrize("length", [0.0, -5.0, 1e300, float("nan"), float("inf")])
def test_a_damaged_stated_length_is_not_believed(tmp_path, length):
    path = write_video(tmp_path / "a.mkv", 8)
    data = bytearray(path.read_bytes())
    start = data.index(bytes.fromhex("448988")) + 3
    data[start : start + 8] = struct.pack(">d", length)
    path.write_bytes(data)
    assert probe_video(path).duration == Fraction(8, 25)


@pytest.mark.parametrize("length", [0.0, 1e300])
def test_of_a_large_file_the_stated_length_counts_where_it_can_be_true(
    tmp_path, monkeypatch, length
):
    path = write_video(tmp_path / "a.mkv", 40)
    assert probe_video(path).is_variable is False
    monkeypatch.setattr("filmnet.media.video_info._SCAN_BYTES", 200)
    assert probe_video(path).duration == Fraction(40, 25)
    data = bytearray(path.read_bytes())
    start = data.index(bytes.fromhex("448988")) + 3
    data[start : start + 8] = struct.pack(">d", length)
    path.write_bytes(data)
    info = probe_video(path)
    assert Fraction(1, 25) <= info.duration <= Fraction(40, 25)
    assert info.is_variable is None


def test_tracks_are_listed_with_their_languages(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        stream = file.add_stream("libx264", 25, {"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sound = file.add_stream("aac", 48_000)
        sound.codec_context.layout = "stereo"
        sound.metadata["language"] = "deu"
        for number in range(3):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        silence.sample_rate, silence.pts = 48_000, 0
        file.mux([*sound.encode(silence), *sound.encode(None)])
    (track,) = probe_video(tmp_path / "a.mkv").audio
    assert (track.codec, track.channels, track.language) == ("aac", 2, "deu")


def test_a_file_without_a_frame_is_one_sentence(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0" * 300)
    with pytest.raises(InputError, match="not a video of a known kind"):
        probe_video(path)


@pytest.mark.parametrize("key", ["alpha_mode", "ALPHA_MODE"])
def test_alpha_of_vp9_is_found_however_it_is_marked(tmp_path, key):
    def picture(number, width, height):
        return np.full((height, width, 3), 40 + number, np.uint8)

    path = write_video(
        tmp_path / "a.webm",
        4,
        codec="libvpx-vp9",
        pixel_format="yuva420p",
        options={"deadline": "realtime"},
        metadata={key: "1"},
        picture=picture,
    )
    assert probe_video(path).has_alpha
