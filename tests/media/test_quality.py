from dataclasses import replace
from fractions import Fraction

import pytest

from filmnet.media.quality import choose_crf
from video_material import about


def phone(megabits, **facts):
    return about(
        size=(1920, 1080), frame_rate=Fraction(30), bit_rate=round(megabits * 1e6), **facts
    )


def test_a_source_that_shows_nothing_of_its_coding_gets_the_default():
    assert [choose_crf(codec, phone(50)) for codec in ("h264", "hevc", "vp9", "av1")] == [
        16,
        20,
        24,
        22,
    ]


def test_fewer_bits_per_pixel_ask_for_less_down_to_a_bound():
    factors = [choose_crf("h264", phone(megabits)) for megabits in (16, 12, 8, 6, 4, 1, 0.1)]
    assert factors == sorted(factors)
    assert (factors[0], factors[-1]) == (16, 23)


def test_a_codec_that_needs_fewer_bits_is_taken_for_finer():
    assert choose_crf("h264", phone(8, codec="hevc")) < choose_crf("h264", phone(8))
    assert choose_crf("h264", phone(8, codec="mpeg2video")) > choose_crf("h264", phone(8))


@pytest.mark.parametrize("facts", [{"bit_rate": None}, {"codec": "ffv1"}, {"codec": "prores"}])
def test_what_is_not_known_counts_as_fine(facts):
    assert choose_crf("hevc", replace(phone(1), **facts)) == 20


def test_the_size_of_the_file_counts_where_the_rate_is_not_said(tmp_path):
    path = tmp_path / "in.mkv"
    path.write_bytes(bytes(500_000))
    source = about(path, size=(1920, 1080), duration=Fraction(1))
    assert choose_crf("h264", source) == choose_crf("h264", phone(4))


def test_prores_has_none():
    assert choose_crf("prores", phone(8)) is None
