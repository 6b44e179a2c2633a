from fractions import Fraction

import pytest
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from filmnet.media.frame_colour import bits_of, colour_of, has_alpha, is_full_range, sampling_of
from filmnet.media.video_colour import UNSPECIFIED, ContentLight
from filmnet.media.video_info import probe_video
from video_material import HDR10, about, moving, retime, write_source


@pytest.mark.parametrize(
    ("name", "bits", "sampling", "alpha"),
    [
        ("yuv420p", 8, "420", False),
        ("yuv422p10le", 10, "422", False),
        ("yuv444p12le", 12, "444", False),
        ("yuv440p", 8, "440", False),
        ("yuv411p", 8, "411", False),
        ("yuv410p", 8, "410", False),
        ("nv12", 8, "420", False),
        ("gray", 8, "400", False),
        ("ya8", 8, "400", True),
        ("yuva420p", 8, "420", True),
        ("rgba64le", 16, "444", True),
        ("pal8", 8, "444", True),
        ("rgb565le", 8, "444", False),
        ("monow", 8, "400", False),
    ],
)
def test_depth_sampling_and_alpha_of_pixel_formats(name, bits, sampling, alpha):
    pixels = VideoFormat(name, 64, 48)
    assert (bits_of(pixels), has_alpha(pixels)) == (bits, alpha)
    if name not in ("rgba64le", "pal8", "rgb565le"):
        assert sampling_of(pixels) == sampling
    assert colour_of(VideoFrame(64, 48, name)).chroma == sampling


@pytest.mark.parametrize(
    ("name", "tag", "full"),
    [
        ("yuv420p", 0, False),
        ("yuv420p", 1, False),
        ("yuv420p", 2, True),
        ("yuvj420p", 0, True),
        ("gray", 0, True),
        ("gray", 1, False),
        ("monow", 0, True),
    ],
)
def test_the_range_is_as_tagged_and_that_of_grey_full(name, tag, full):
    frame = VideoFrame(64, 48, name)
    frame.color_range = tag
    assert is_full_range(frame) is full


def test_tags_are_read():
    frame = VideoFrame(64, 48, "yuv420p10le")
    frame.colorspace, frame.color_primaries, frame.color_trc = 9, 9, 16
    colour = colour_of(frame)
    assert (colour.matrix, colour.primaries, colour.transfer, colour.bits) == (9, 9, 16, 10)
    assert (colour.mastering_display, colour.content_light) == (None, None)


def test_a_frame_without_tags_is_unspecified():
    assert colour_of(VideoFrame(64, 48, "yuv420p")).transfer == UNSPECIFIED


def test_rgb_has_no_matrix_and_all_codes():
    colour = colour_of(VideoFrame(64, 48, "rgb24"))
    assert (colour.matrix, colour.full_range, colour.chroma_location) == (0, True, 0)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_place_of_chroma_and_the_data_of_hdr_screens_come_back(tmp_path, place):
    from dataclasses import replace

    colour = replace(HDR10, chroma_location=place)
    path = write_source(tmp_path / "in.mp4", container="mp4")
    retime(about(path, codec="hevc", colour=colour), tmp_path / "a.mkv", moving(3))
    found = probe_video(tmp_path / "a.mkv").colour
    assert found.chroma_location == place
    assert found.content_light == ContentLight(max_content=1000, max_average=400)
    display = found.mastering_display
    assert display.white == (Fraction(3127, 10000), Fraction(329, 1000))
    assert display.luminance == (Fraction(5, 1000), Fraction(1000))
