from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from filmnet.errors import InputError, OutputError
from filmnet.media.video_plan import plan_video
from video_material import BT709, FPS, HDR10, about

RGB = replace(BT709, matrix=0, full_range=True, chroma="444", chroma_location=0)


@pytest.fixture
def plan(tmp_path):
    def make(name, options=None, **facts):
        return plan_video(f"{tmp_path}/{name}", about(**facts), fps=FPS, **(options or {}))

    return make


@pytest.mark.parametrize(
    ("source", "name", "codec"),
    [
        ("h264", "a.mp4", "h264"),
        ("hevc", "a.mp4", "hevc"),
        ("vp9", "a.mp4", "vp9"),
        ("libdav1d", "a.mp4", "av1"),
        ("h264", "a.mkv", "h264"),
        ("vp8", "a.webm", "vp9"),
        ("av1", "a.webm", "av1"),
        ("h264", "a.webm", "vp9"),
        ("prores", "a.mov", "prores"),
        ("hevc", "a.mov", "hevc"),
        ("mpeg2video", "a.mp4", "h264"),
        ("mpeg4", "a.mkv", "h264"),
        ("h264", "a.gif", "gif"),
        ("h264", "frames/", None),
    ],
)
def test_the_codec_is_of_the_sources_family_where_the_file_holds_it(plan, source, name, codec):
    assert plan(name, codec=source).spec.codec in (codec, None)
    if name.endswith((".gif", "/")):
        assert plan(name, codec=source).settings is None
    else:
        assert plan(name, codec=source).spec.codec == codec


@pytest.mark.parametrize(
    ("source", "name", "codec", "pixels"),
    [
        ("hevc", "a.mp4", "hevc", "yuv420p10le"),
        ("h264", "a.mp4", "h264", "yuv420p10le"),
        ("vp9", "a.webm", "av1", "yuv420p10le"),
        ("vp9", "a.mp4", "av1", "yuv420p10le"),
        ("prores", "a.mp4", "hevc", "yuv420p10le"),
        ("prores", "a.mov", "prores", "yuv422p10le"),
        ("hevc", "a.webm", "av1", "yuv420p10le"),
    ],
)
def test_ten_bits_stay_ten_bits(plan, source, name, codec, pixels):
    made = plan(name, codec=source, colour=HDR10)
    assert (made.spec.codec, made.settings.pixel_format) == (codec, pixels)
    assert made.settings.colour == replace(HDR10, chroma=made.settings.colour.chroma)
    assert made.dtype is np.uint16
    assert made.remarks == ()


def test_what_a_wanted_codec_does_not_take_is_said(plan):
    colour = replace(HDR10, chroma="444")
    made = plan("a.webm", {"codec": "vp9"}, codec="vp9", colour=colour)
    assert made.remarks == ("10 bits become 8, the most that vp9 takes here",)
    assert made.dtype is np.uint8
    made = plan("a.webm", codec="vp9", colour=colour)
    assert made.remarks == (
        "colour of 4:4:4 becomes 4:2:0, which is what av1 takes or players show",
    )
    made = plan("a.mp4", {"codec": "h264"}, codec="hevc", colour=HDR10)
    assert made.remarks == ("H.264 of 10 bits plays in few places; --codec hevc plays in more",)


@pytest.mark.parametrize(
    ("name", "kept", "pixels"),
    [
        ("a.webm", True, "yuva420p"),
        ("a.mkv", True, "yuva420p"),
        ("a.mov", True, "yuva444p10le"),
        ("a.mp4", False, "yuv420p"),
        ("a.gif", False, None),
        ("a.apng", True, None),
        ("a.webp", True, None),
        ("frames/", True, None),
    ],
)
def test_transparency_is_kept_where_the_output_can(plan, name, kept, pixels):
    made = plan(name, codec="vp9", has_alpha=True)
    assert made.has_alpha == kept
    assert (made.settings and made.settings.pixel_format) == pixels
    assert any("laid over white" in remark for remark in made.remarks) != kept


def test_rgb_becomes_bt709_at_the_resolution_that_players_show(plan):
    made = plan("a.mp4", codec="qtrle", colour=RGB)
    colour = made.settings.colour
    assert (colour.matrix, colour.full_range, colour.chroma) == (1, False, "420")
    assert plan("a.mp4", codec="h264", colour=RGB).settings.pixel_format == "yuv444p"


def test_full_range_stays_but_prores_knows_none(plan):
    full = replace(BT709, full_range=True)
    assert plan("a.mp4", colour=full).settings.colour.full_range
    assert not plan("a.mov", codec="prores", colour=full).settings.colour.full_range


def test_the_default_changes_where_the_family_does_not_hold_the_size(plan):
    assert plan("a.mkv", codec="hevc", size=(40, 30)).spec.codec == "h264"
    with pytest.raises(OutputError, match="40x30 does not fit hevc"):
        plan("a.mkv", {"codec": "hevc"}, codec="hevc", size=(40, 30))


def test_a_crf_is_the_chosen_codecs_and_wins_over_the_sources_quality(plan):
    assert plan("a.mov", {"crf": 30}).settings.crf == 30
    assert plan("a.mov", bit_rate=1000).settings.crf == 23
    with pytest.raises(InputError, match="prores has no crf"):
        plan("a.mov", {"crf": 30}, codec="prores")


def test_odd_sides_are_said(plan):
    assert plan("a.mp4", size=(65, 67)).remarks == (
        "pictures become 66x68: sides are even, the last row or column repeats",
    )


def test_what_rgb_files_do_not_say_is_said(plan):
    made = plan("frames/", colour=HDR10, sample_aspect=Fraction(16, 15))
    assert made.dtype is np.uint16
    assert made.remarks == (
        "pictures keep their code values of PQ, but PNG does not say so",
        "pixels of 16:15 become square, as all are in PNG",
    )
    assert plan("a.webp", colour=HDR10).remarks[0] == (
        "10 bits become 8, the most that webp takes here"
    )


def test_grey_is_written_as_colour_without_colour(plan):
    made = plan("a.mp4", colour=replace(BT709, chroma="400"))
    assert (made.settings.pixel_format, made.remarks) == ("yuv420p", ())
