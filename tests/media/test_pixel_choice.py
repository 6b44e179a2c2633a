import pytest

from filmnet.media.formats import ENCODERS
from filmnet.media.pixel_choice import choose_pixels, parse_pixels


def test_a_name_says_chroma_bits_and_transparency():
    pixels = parse_pixels("yuva444p10le")
    assert (pixels.chroma, pixels.bits, pixels.alpha) == ("444", 10, True)
    assert parse_pixels("yuv420p").bits == 8


def test_other_names_are_the_callers_fault():
    with pytest.raises(ValueError, match="rgb24 is no planar"):
        parse_pixels("rgb24")


@pytest.mark.parametrize(
    ("codec", "chroma", "bits", "alpha", "chosen"),
    [
        ("h264", "420", 8, False, "yuv420p"),
        ("h264", "422", 10, False, "yuv422p10le"),
        ("hevc", "420", 9, False, "yuv420p10le"),
        ("hevc", "444", 12, False, "yuv444p12le"),
        ("hevc", "420", 16, False, "yuv420p12le"),
        ("h264", "420", 12, False, "yuv420p10le"),
        ("vp9", "444", 8, False, "yuv444p"),
        ("vp9", "420", 8, True, "yuva420p"),
        ("vp9", "444", 8, True, "yuva420p"),
        ("vp9", "420", 10, False, "yuv420p"),
        ("av1", "444", 10, False, "yuv420p10le"),
        ("prores", "420", 8, False, "yuv422p10le"),
        ("prores", "420", 8, True, "yuva444p10le"),
        ("prores", "444", 12, False, "yuv444p10le"),
        ("h264", "411", 8, False, "yuv420p"),
        ("h264", "440", 8, False, "yuv444p"),
    ],
)
def test_what_keeps_most_and_adds_least_is_chosen(codec, chroma, bits, alpha, chosen):
    names = ENCODERS[codec].pixel_formats
    assert choose_pixels(names, chroma=chroma, bits=bits, alpha=alpha) == chosen
