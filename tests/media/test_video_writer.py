from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

FILES = {
    "a.mp4": ("h264", "yuv420p", "yuv420p"),
    "a.webm": ("vp9", "yuv420p", "yuv420p"),
    "a.mkv": ("hevc", "yuv420p", "yuv420p10le"),
    "a.mov": ("prores", "yuv422p10le", "yuv422p10le"),
}


def differences(frames, pictures):
    height, width = pictures[0].shape[:2]
    return np.stack(
        [
            frame[:height, :width].astype(int) - picture
            for frame, picture in zip(frames, pictures, strict=True)
        ]
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_come_back_without_a_shift(tmp_path, smooth, write, decode, name, dtype):
    # Large enough that what a lossy codec takes is noise, and not the picture.
    shifts = range(3)
    write(tmp_path / name, [smooth(320, 240, dtype, shift) for shift in shifts])
    frames, decoded, stream = decode(tmp_path / name)
    codec, *pixels = FILES[name]
    assert (stream.codec_context.name, decoded[0].format.name) == (
        codec,
        pixels[dtype is np.uint16],
    )
    difference = differences(frames, [smooth(320, 240, shift=shift) for shift in shifts])
    assert np.abs(difference).mean() < 1.5
    assert np.abs(difference.mean(axis=(0, 1, 2))).max() < 0.75


@pytest.mark.parametrize("name", FILES)
def test_frames_are_tagged_as_what_they_are(tmp_path, smooth, write, decode, name):
    write(tmp_path / name, [smooth()] * 2)
    _, (frame, _), _ = decode(tmp_path / name)
    tags = (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)
    assert tags == (1, 1, 1, 1)  # BT.709 three times, and limited range


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(10), Fraction(25, 2)])
def test_time_is_kept(tmp_path, smooth, write, decode, name, fps):
    write(tmp_path / name, [smooth(shift=i) for i in range(7)], fps=fps)
    _, frames, stream = decode(tmp_path / name)
    assert stream.average_rate == fps
    for i, frame in enumerate(frames):
        assert frame.time == pytest.approx(float(i / fps), abs=0.0006)  # Matroska counts in ms
    with av.open(str(tmp_path / name)) as container:
        assert container.duration / 1e6 == pytest.approx(float(7 / fps), abs=0.002)


@pytest.mark.parametrize("name", FILES)
def test_odd_sides_are_made_even_by_repeating_the_edge(tmp_path, smooth, write, decode, name):
    picture = smooth(65, 67)
    picture[:, -1], picture[-1] = (250, 20, 20), (20, 250, 20)
    write(tmp_path / name, [picture])
    (frame,), _, _ = decode(tmp_path / name)
    assert frame.shape == ((68, 66, 3) if name != "a.mov" else (67, 66, 3))
    assert np.abs(frame[:67, :65].astype(int) - picture).mean() < 4
    assert np.abs(frame[10:60, 65].astype(int) - (250, 20, 20)).max() < 25


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (17, 1)])
def test_tiny_pictures_are_written(tmp_path, write, decode, size):
    picture = np.full((size[1], size[0], 3), 128, np.uint8)
    write(tmp_path / "a.mp4", [picture] * 3)
    frames, _, _ = decode(tmp_path / "a.mp4")
    assert np.abs(frames[2].astype(int) - 128).max() <= 2


def test_mp4_starts_with_its_index(tmp_path, smooth, write):
    write(tmp_path / "a.mp4", [smooth()] * 3)
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_hevc_in_mp4_has_the_tag_that_apple_wants(tmp_path, smooth, write, decode, name):
    write(tmp_path / name, [smooth()] * 2, codec="hevc")
    _, _, stream = decode(tmp_path / name)
    assert stream.codec_context.codec_tag == "hvc1"


def test_a_lower_crf_gives_a_larger_file(tmp_path, noise, write):
    sizes = []
    for crf in (5, 35):
        write(tmp_path / f"{crf}.mp4", [noise(64, 48)] * 2, crf=crf)
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_apng_keeps_every_bit(tmp_path, noise, write, dtype):
    pictures = [noise(seed=i, dtype=dtype) for i in range(3)]
    write(tmp_path / "a.apng", pictures)
    with av.open(str(tmp_path / "a.apng")) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
    assert all(np.array_equal(a, b) for a, b in zip(frames, pictures, strict=True))
    with Image.open(tmp_path / "a.apng") as image:
        assert (image.n_frames, image.info["loop"]) == (3, 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_webp_moves_and_keeps_its_colours(tmp_path, smooth, write, dtype):
    write(tmp_path / "a.webp", [smooth(63, 47, dtype, i) for i in range(4)], fps=Fraction(20))
    with Image.open(tmp_path / "a.webp") as image:
        assert (image.n_frames, image.size, image.info["loop"]) == (4, (63, 47), 0)
        for i in range(4):
            image.seek(i)
            difference = np.asarray(image.convert("RGB")).astype(int) - smooth(63, 47, shift=i)
            assert image.info["duration"] == 50
            assert np.abs(difference).mean() < 2
            assert np.abs(difference.mean(axis=(0, 1))).max() < 0.75


def test_the_same_pictures_give_the_same_file(tmp_path, smooth, write):
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, [smooth(shift=i) for i in range(5)])
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 30])
def test_hevc_of_any_length_decodes_in_order_and_never_after_it_is_shown(
    tmp_path, smooth, noise, write, frames
):
    pictures = [noise(64, 64, seed=i) // 8 + smooth(shift=4 * i) // 2 for i in range(frames)]
    write(tmp_path / "a.mp4", pictures, codec="hevc")
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    step = packets[0].duration
    assert [packet.dts // step for packet in packets] == [i - 2 for i in range(frames)]
    assert sorted(packet.pts // step for packet in packets) == list(range(frames))
    assert all(packet.dts <= packet.pts for packet in packets)
