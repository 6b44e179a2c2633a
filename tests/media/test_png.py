import io
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from filmnet.media.png import SIGNATURE, parse_png


def chunk(name, data):
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


@pytest.fixture
def png():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 1000, zip=True)
    file = io.BytesIO()
    Image.fromarray(np.zeros((3, 4, 3), np.uint8)).save(file, "PNG", pnginfo=text)
    return file.getvalue()


def test_text_is_taken_out_and_the_rest_kept(png):
    parsed = parse_png(png)
    assert b"zTXt" in png
    assert b"zTXt" not in parsed.data
    assert Image.open(io.BytesIO(parsed.data)).size == (4, 3)


def test_a_file_without_text_is_unchanged(png):
    without = parse_png(png).data
    assert parse_png(without).data == without


def test_bits_per_sample_come_from_the_header(png):
    assert parse_png(png).bit_depth == 8


def test_exif_behind_the_pixels_is_found(png):
    end = png.index(b"IEND") - 4
    assert parse_png(png[:end] + chunk(b"eXIf", b"MM\0*") + png[end:]).exif == b"MM\0*"


def test_a_file_cut_short_is_parsed_as_far_as_it_goes(png):
    for length in range(len(SIGNATURE), len(png)):
        assert len(parse_png(png[:length]).data) <= length


def with_profile(png, packed):
    return png[:33] + chunk(b"iCCP", b"Photo\0\0" + packed) + png[33:]


def test_a_profile_is_taken_out_and_unpacked(png):
    profile = bytes(1_500_000)
    parsed = parse_png(with_profile(png, zlib.compress(profile)))
    assert parsed.profile == profile
    assert b"iCCP" not in parsed.data


@pytest.mark.parametrize(
    "packed", [zlib.compress(bytes(17_000_000)), b"no zlib", zlib.compress(b"x" * 99)[:-5], b""]
)
def test_a_profile_that_is_damaged_or_a_bomb_is_left_out(png, packed):
    parsed = parse_png(with_profile(png, packed))
    assert parsed.profile is None
    assert Image.open(io.BytesIO(parsed.data)).size == (4, 3)
