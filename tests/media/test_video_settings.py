from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from filmnet.media.formats import ENCODERS
from filmnet.media.video_colour import ContentLight
from filmnet.media.video_settings import VideoSettings, encoder_options, picture_settings
from filmnet.media.video_writer import VideoWriter
from video_material import HDR10, moving


def settings(codec, *, dtype=np.uint8, has_alpha=False, size=(64, 64)):
    return picture_settings(
        ENCODERS[codec], crf=None, size=size, fps=Fraction(30), dtype=dtype, has_alpha=has_alpha
    )


def test_sides_are_even_only_where_chroma_has_half_of_them():
    assert settings("h264", size=(65, 67)).encoded_size == (66, 68)
    assert settings("prores", size=(65, 67)).encoded_size == (66, 67)
    assert settings("apng", size=(65, 67)).encoded_size == (65, 67)


@pytest.mark.parametrize(
    ("name", "has_alpha"),
    [
        ("yuva420p", True),
        ("yuva444p10le", True),
        ("rgba64be", True),
        ("gray10le", False),
        ("yuv420p", False),
    ],
)
def test_alpha_is_told_from_other_letters(name, has_alpha):
    assert replace(settings("h264"), pixel_format=name).has_alpha is has_alpha


def test_each_encoder_says_what_apple_calls_it():
    assert settings("hevc").codec_tag == "hvc1"
    assert settings("prores").codec_tag == "apch"
    assert replace(settings("prores"), pixel_format="yuva444p10le").codec_tag == "ap4h"
    assert settings("h264").codec_tag is None


@pytest.mark.parametrize(
    ("codec", "option", "text"),
    [
        ("hevc", "x265-params", "L(10000000,50)"),
        ("h264", "x264-params", "L(10000000,50)"),
        ("av1", "svtav1-params", "L(1000.0000,0.0050)"),
    ],
)
def test_the_data_of_hdr_screens_is_in_the_encoders_own_units(codec, option, text):
    options = encoder_options(replace(settings(codec), colour=HDR10))
    assert text in options[option]
    assert "1000,400" in options[option]
    assert options.get("preset") == ENCODERS[codec].options["preset"]


def test_vp9_has_no_place_for_the_data_of_hdr_screens():
    assert "1000,400" not in str(encoder_options(replace(settings("vp9"), colour=HDR10)))


def test_of_a_screen_of_which_half_is_known_that_half_is_written():
    half = replace(HDR10.mastering_display, luminance=None)
    light = ContentLight(max_content=900, max_average=300)
    colour = replace(HDR10, mastering_display=half, content_light=light)
    parameters = encoder_options(replace(settings("hevc"), colour=colour))["x265-params"]
    assert "WP(15635,16450)L(0,0)" in parameters
    assert "max-cll=900,300" in parameters
    other = replace(colour, mastering_display=replace(HDR10.mastering_display, primaries=None))
    parameters = encoder_options(replace(settings("h264"), colour=other))["x264-params"]
    assert "G(0,0)B(0,0)R(0,0)WP(15635,16450)L(10000000,50)" in parameters
    parameters = encoder_options(replace(settings("av1"), colour=colour))["svtav1-params"]
    assert parameters == "content-light=900,300"


@pytest.mark.parametrize("size", [64, 100])
def test_the_same_pictures_are_encoded_to_the_same_bytes_each_time(tmp_path, size):
    """x264's code for AVX-512 fails this in one of three runs, threads or none."""
    chosen: VideoSettings = settings("h264", size=(size, size))
    pictures = moving(8, size)
    written = set()
    for _ in range(40):
        path = tmp_path / "a.h264"
        writer = VideoWriter(path, container="h264", container_options={}, settings=chosen)
        for picture in pictures:
            writer.write(picture)
        writer.close()
        written.add(path.read_bytes())
    assert len(written) == 1
