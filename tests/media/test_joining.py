from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.media.video_info import probe_video
from filmnet.media.video_reader import VideoReader
from video_material import BT709, HDR10, about, moving, retime, write_source

HLG = replace(HDR10, transfer=18, mastering_display=None, content_light=None)
SD = replace(BT709, matrix=6, primaries=6, transfer=6, chroma_location=1)
PHONE = replace(BT709, full_range=True)
UNTAGGED = replace(BT709, matrix=2, primaries=2, transfer=2, chroma_location=0)


@pytest.fixture
def write_like(tmp_path):
    """Write moving pictures as if they came from a source of some kind; what a probe then says."""

    def make(name, *, pictures=None, fps=Fraction(30), codec=None, **facts):
        path = tmp_path / "in"
        if not path.exists():
            write_source(path, container="matroska")
        pictures = moving(10) if pictures is None else pictures
        source = about(path, container="matroska", **facts)
        retime(source, tmp_path / name, pictures, fps=fps, codec=codec, audio=False)
        return probe_video(tmp_path / name)

    return make


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "hevc"),
        ("a.mp4", "av1"),
        ("a.mp4", "h264"),
        ("a.mov", "hevc"),
        ("a.mov", "prores"),
        ("a.mkv", "hevc"),
        ("a.webm", "av1"),
    ],
)
@pytest.mark.parametrize("colour", [HDR10, HLG], ids=["HDR10", "HLG"])
def test_hdr_comes_back_from_every_container(write_like, name, codec, colour):
    written = write_like(name, codec=codec, colour=colour).colour
    assert (written.matrix, written.primaries, written.transfer) == (9, 9, colour.transfer)
    assert (written.bits, written.full_range) == (10, False)
    assert written.content_light == colour.content_light
    if colour.mastering_display is None:
        assert written.mastering_display is None
        return
    display, wanted = written.mastering_display, colour.mastering_display
    # AV1 has 16 bits for a coordinate and 14 after the point for the darkest luminance.
    assert np.allclose(
        np.array(display.primaries, float), np.array(wanted.primaries, float), atol=2e-5
    )
    assert np.allclose(np.array(display.white, float), np.array(wanted.white, float), atol=2e-5)
    assert np.allclose(
        np.array(display.luminance, float), np.array(wanted.luminance, float), atol=1e-4
    )


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "h264"), ("a.mp4", "hevc"), ("a.webm", "vp9"), ("a.mkv", "h264"), ("a.mov", "h264")],
)
@pytest.mark.parametrize(
    "colour", [SD, PHONE, UNTAGGED], ids=["BT.601", "full range", "unspecified"]
)
def test_tags_come_back(write_like, name, codec, colour):
    written = write_like(name, codec=codec, colour=colour).colour
    assert replace(written, chroma_location=0) == replace(colour, chroma_location=0)
    if codec != "vp9":
        assert written.chroma_location in (colour.chroma_location, 1)  # unspecified reads as left


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "h264"), ("a.mp4", "hevc"), ("a.mkv", "hevc")]
)
def test_the_place_of_chroma_comes_back(write_like, name, codec, place):
    colour = replace(BT709, chroma_location=place)
    assert write_like(name, codec=codec, colour=colour).colour.chroma_location == place


@pytest.mark.parametrize(
    ("name", "codec", "colour"),
    [
        ("a.mp4", "h264", replace(BT709, chroma="422")),
        ("a.mp4", "h264", replace(BT709, chroma="444", bits=10)),
        ("a.mp4", "hevc", replace(BT709, chroma="422", bits=10)),
        ("a.mkv", "hevc", replace(BT709, chroma="444", bits=12)),
        ("a.webm", "vp9", replace(BT709, chroma="444")),
        ("a.mov", "prores", replace(BT709, chroma="444", bits=10)),
    ],
)
def test_fine_chroma_and_deep_samples_come_back(write_like, name, codec, colour):
    written = write_like(name, codec=codec, colour=colour).colour
    assert written.chroma == colour.chroma
    assert written.bits >= colour.bits  # FFmpeg reads ProRes 4444 as 12 bits


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "vp9"), ("a.mkv", "vp9"), ("a.mov", "prores")]
)
def test_transparency_comes_back(write_like, tmp_path, name, codec):
    _, x = np.mgrid[0:64, 0:64]
    alpha = (4 * x).astype(np.uint8)
    pictures = [np.dstack([picture // 2 + 60, alpha]) for picture in moving(10)]
    info = write_like(name, codec=codec, pictures=pictures, has_alpha=True)
    assert info.has_alpha
    with VideoReader(tmp_path / name) as reader:
        frames = [frame.pixels for frame in reader]
    assert len(frames) == 10
    shown = frames[9][..., 3].astype(float) / np.iinfo(frames[9].dtype).max * 255
    assert np.abs(shown - alpha).mean() < 2


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mov"])
@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(60), Fraction(60000, 1001)])
def test_frames_stand_at_their_instants_without_drift(write_like, tmp_path, name, fps):
    count = 30
    info = write_like(name, fps=fps, pictures=[moving(1)[0]] * count)
    assert float(info.frame_rate) == pytest.approx(float(fps), rel=1e-4)  # Matroska counts in ns
    with av.open(str(tmp_path / name)) as file:
        instants = [frame.pts * frame.time_base for frame in file.decode(video=0)]
        duration = file.duration / 1_000_000
    exact = name in ("a.mp4", "a.mov")
    for i, instant in enumerate(instants):
        assert abs(instant - i / fps) <= (0 if exact else Fraction(1, 2000))
    assert duration == pytest.approx(float(count / fps), abs=0.002)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
@pytest.mark.parametrize("aspect", [Fraction(16, 15), Fraction(4, 3)])
def test_the_shape_of_pixels_comes_back(write_like, name, aspect):
    written = write_like(name, sample_aspect=aspect).sample_aspect
    # Matroska says the size at which pictures are shown, in whole pixels.
    assert written == aspect or (name in ("a.mkv", "a.webm") and abs(written - aspect) < 0.01)


def test_hevc_has_the_tag_that_apple_wants_and_the_index_comes_first(write_like, tmp_path):
    write_like("a.mp4", codec="hevc")
    data = (tmp_path / "a.mp4").read_bytes()
    assert b"hvc1" in data
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(("has_alpha", "tag"), [(False, "apch"), (True, "ap4h")])
def test_prores_has_the_tag_of_its_profile(write_like, tmp_path, has_alpha, tag):
    pictures = [np.dstack([moving(1)[0], np.full((64, 64), 99, np.uint8)])] if has_alpha else None
    write_like("a.mov", codec="prores", pictures=pictures, has_alpha=has_alpha)
    with av.open(str(tmp_path / "a.mov")) as file:
        assert file.streams.video[0].codec_context.codec_tag == tag


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.apng"])
def test_what_is_read_is_what_was_written(write_like, tmp_path, smooth, name):
    pictures = [smooth(64, 64, shift=i) for i in range(10)]
    write_like(name, pictures=pictures)
    with VideoReader(tmp_path / name) as reader:
        difference = [
            frame.pixels.astype(float) / np.iinfo(frame.pixels.dtype).max * 255 - picture
            for frame, picture in zip(reader, pictures, strict=True)
        ]
    assert np.abs(difference).mean() < 2
    assert np.abs(np.mean(difference, axis=(0, 1, 2))).max() < 0.75  # a lossy codec, small pictures
