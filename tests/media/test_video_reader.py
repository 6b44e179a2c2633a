from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.media.video_reader import VideoReader
from media.video_files import scene, write_video

B_FRAMES = {"bf": "3", "g": "8", "x264-params": "b-adapt=0"}
INSTANTS = [0, 40, 80, 200, 210, 260, 400, 440, 500, 501, 700, 760]


def read(path, **options):
    with VideoReader(path, **options) as reader:
        return list(reader), reader


def assert_shows(frames, numbers):
    """Each frame shows the scene of its number better than any other."""
    for frame, number in zip(frames, numbers, strict=True):
        errors = [np.abs(frame.pixels.astype(int) - scene(i)).mean() for i in range(14)]
        assert int(np.argmin(errors)) == number


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts", "a.avi"])
def test_frames_come_in_order_with_exact_instants(tmp_path, name):
    options = B_FRAMES if name != "a.avi" else {"bf": "0"}
    frames, reader = read(write_video(tmp_path / name, options=options))
    assert_shows(frames, range(12))
    assert [frame.seconds for frame in frames] == [Fraction(i, 25) for i in range(12)]
    assert reader.damage == reader.notes == []
    assert (reader.info.frames, reader.info.frame_rate) == (12, 25)


def test_a_rate_that_no_decimal_holds_is_exact(tmp_path):
    frames, _ = read(write_video(tmp_path / "a.mp4", 5, rate=Fraction(24000, 1001)))
    assert [frame.seconds for frame in frames] == [Fraction(1001 * i, 24000) for i in range(5)]
    assert frames[-1].duration == Fraction(1001, 24000)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_variable_rates_keep_every_instant(tmp_path, name):
    path = write_video(
        tmp_path / name, instants=INSTANTS, time_base=Fraction(1, 1000), options=B_FRAMES
    )
    frames, reader = read(path)
    assert [frame.seconds for frame in frames] == [Fraction(i, 1000) for i in INSTANTS]
    assert reader.info.is_variable
    assert_shows(frames, range(12))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_start_that_is_not_zero_is_told_and_taken_off(tmp_path, name):
    path = write_video(tmp_path / name, 4, instants=[100, 101, 102, 103])
    frames, reader = read(path)
    assert [frame.seconds for frame in frames] == [Fraction(i, 25) for i in range(4)]
    assert reader.info.start >= 3  # MPEG-TS adds a delay


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_change_what_is_read(tmp_path, threads):
    path = write_video(tmp_path / "a.mp4", options=B_FRAMES)
    frames, _ = read(path, threads=threads)
    plain, _ = read(path)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(frames, plain, strict=True))


@pytest.mark.parametrize("kind", ["b-frames", "variable"])
def test_after_seeking_everything_is_as_if_read_from_the_start(tmp_path, kind):
    variable = {"instants": INSTANTS, "time_base": Fraction(1, 1000)}
    path = write_video(
        tmp_path / "a.mp4", options=B_FRAMES, **(variable if kind == "variable" else {})
    )
    everything, _ = read(path)
    with VideoReader(path) as reader:
        for start in (7, 0, 11, 3):
            reader.seek(everything[start].seconds)
            frames = list(reader)
            assert [f.seconds for f in frames] == [f.seconds for f in everything[start:]]
            for a, b in zip(frames, everything[start:], strict=True):
                assert np.array_equal(a.pixels, b.pixels)
        reader.seek(everything[5].seconds - Fraction(1, 10**6))
        assert next(reader).seconds == everything[5].seconds
        reader.seek(Fraction(1000))
        assert list(reader) == []


def test_seeking_may_stop_some_frames_before(tmp_path):
    path = write_video(tmp_path / "a.mp4", options=B_FRAMES)
    everything, _ = read(path)

    def after(number, before):
        reader.seek(number * Fraction(1, 25), before=before)
        return [round(frame.seconds * 25) for frame in reader]

    with VideoReader(path) as reader:
        assert after(7, 3) == list(range(4, len(everything)))
        assert after(2, 5) == list(range(len(everything)))
        assert after(100, 2) == list(range(len(everything)))[-2:]


@pytest.mark.parametrize(
    ("codec", "pixel_format", "name", "dtype"),
    [
        ("libx264", "yuv444p", "a.mp4", np.uint8),
        ("libx264", "nv12", "a.mp4", np.uint8),
        ("libx265", "yuv420p10le", "a.mp4", np.uint16),
        ("libvpx-vp9", "yuv420p", "a.webm", np.uint8),
        ("prores_ks", "yuv422p10le", "a.mov", np.uint16),
        ("ffv1", "yuv420p16le", "a.mkv", np.uint16),
        ("ffv1", "gray16le", "a.mkv", np.uint16),
        ("ffv1", "bgr0", "a.mkv", np.uint8),
        ("ffv1", "gbrp10le", "a.mkv", np.uint16),
        ("rawvideo", "uyvy422", "a.avi", np.uint8),
        ("mjpeg", "yuvj420p", "a.avi", np.uint8),
        ("mpeg2video", "yuv420p", "a.mpg", np.uint8),
        ("libsvtav1", "yuv420p", "a.mp4", np.uint8),
    ],
)
def test_every_kind_of_pixels_comes_out_as_rgb(tmp_path, codec, pixel_format, name, dtype):
    def grey(number, width, height):
        ramp = np.linspace(20, 235, width).astype(np.uint8)
        return np.repeat(np.tile(ramp, (height, 1))[..., None], 3, axis=2)

    path = write_video(tmp_path / name, 2, codec=codec, pixel_format=pixel_format, picture=grey)
    frames, _ = read(path)
    pixels = frames[0].pixels
    assert pixels.dtype == dtype
    assert pixels.shape == (48, 64, 3)
    values = pixels / (np.iinfo(dtype).max / 255)
    assert np.abs(values - grey(0, 64, 48)).mean() < 3  # what lossy codecs do to a ramp


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_alpha_of_webm_is_read(tmp_path, codec):
    path = tmp_path / "a.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 25, {"auto-alt-ref": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva420p"
        picture = np.full((48, 64, 4), 200, np.uint8)
        picture[:, :32, 3], picture[:, 32:, 3] = 255, 0
        for _ in range(2):
            frame = av.VideoFrame.from_ndarray(picture, "rgba").reformat(format="yuva420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames, reader = read(path)
    assert reader.info.has_alpha
    assert frames[0].pixels[20, [5, 60], 3].tolist() == [255, 0]


@pytest.mark.parametrize(
    ("codec", "pixel_format", "dtype"),
    [
        ("prores_ks", "yuva444p10le", np.uint16),
        ("png", "rgba", np.uint8),
        ("qtrle", "argb", np.uint8),
    ],
)
def test_alpha_of_movies_is_read(tmp_path, codec, pixel_format, dtype):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        picture = np.full((48, 64, 4), 100, np.uint8)
        picture[:, :32, 3] = 255
        frame = av.VideoFrame.from_ndarray(picture, "rgba").reformat(format=pixel_format)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames, _ = read(path)
    assert frames[0].pixels.dtype == dtype
    alpha = frames[0].pixels[20, [5, 60], 3] / (np.iinfo(dtype).max / 255)
    assert alpha == pytest.approx([255, 100], abs=0.5)


def test_interlaced_video_is_deinterlaced_and_said(tmp_path):
    def comb(number, width, height):
        picture = np.full((height, width, 3), 60, np.uint8)
        picture[::2, number * 6 : number * 6 + 16] = 220
        picture[1::2, number * 6 + 3 : number * 6 + 19] = 220
        return picture

    path = write_video(
        tmp_path / "a.mkv",
        6,
        options={"flags": "+ildct+ilme", "x264-params": "tff=1"},
        picture=comb,
    )
    frames, reader = read(path)
    assert len(frames) == 6
    assert [frame.seconds for frame in frames] == [Fraction(i, 25) for i in range(6)]
    assert reader.info.is_interlaced
    assert any("deinterlaced" in note for note in reader.notes)
    rows = frames[3].pixels[10:38].astype(int)
    assert np.abs(np.diff(rows, axis=0)).mean() < 3  # fields alternate by more than 20


def test_frames_of_another_size_are_scaled_to_the_first(tmp_path):
    small = write_video(tmp_path / "small.ts", 3, size=(64, 48))
    large = write_video(tmp_path / "large.ts", 3, size=(96, 64))
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + large.read_bytes())
    frames, reader = read(tmp_path / "both.ts")
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    assert len(frames) >= 5
    assert any("another size" in note for note in reader.notes)
    seconds = [frame.seconds for frame in frames]
    assert seconds == sorted(set(seconds))


def test_what_comes_after_damage_is_read_and_what_is_lost_is_told(tmp_path):
    path = write_video(tmp_path / "a.mp4", 12, options={"g": "4", "bf": "0"})
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    position, size = packets[4]
    data[position : position + size] = b"\xff" * size
    path.write_bytes(data)
    frames, reader = read(path, threads=1)
    assert len(frames) < 12
    assert frames[-1].seconds == Fraction(11, 25)
    assert_shows(frames[-4:], [8, 9, 10, 11])
    assert sum(damage.frames for damage in reader.damage) == 12 - len(frames)
    assert reader.damage[0].seconds == Fraction(3, 25)


def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path):
    path = write_video(
        tmp_path / "a.mp4", 12, options={"bf": "0"}, container_options={"movflags": "faststart"}
    )
    with av.open(str(path)) as container:
        ends = [p.pos + p.size for p in container.demux(video=0) if p.size]
    path.write_bytes(path.read_bytes()[: ends[7]])
    frames, reader = read(path)
    assert len(frames) == 8
    assert [(damage.seconds, damage.frames) for damage in reader.damage] == [(Fraction(7, 25), 4)]


def test_frames_in_decoding_order_get_their_instants_back(tmp_path):
    path = write_video(tmp_path / "a.mkv", options=B_FRAMES)
    wrong = tmp_path / "wrong.mkv"
    with av.open(str(path)) as source, av.open(str(wrong), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(p for p in source.demux(video=0) if p.size):
            packet.pts = packet.dts = number * 40
            packet.stream = stream
            target.mux(packet)
    frames, _ = read(wrong)
    assert [frame.seconds for frame in frames] == [Fraction(i, 25) for i in range(12)]
    assert_shows(frames, range(12))
