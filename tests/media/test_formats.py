import re
from fractions import Fraction

import av
import pytest
from av.video.frame import VideoFrame

from filmnet.errors import InputError, OutputError
from filmnet.media.formats import ENCODERS, FILE_FORMATS, check_size, choose_encoder, file_format


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_every_encoder_is_there_and_takes_its_pixels(encoder):
    codec = av.Codec(encoder.name, "w")
    taken = {pixels.name for pixels in codec.video_formats}
    assert {encoder.pixel_format, encoder.deep_pixel_format} <= taken


@pytest.mark.parametrize("kind", FILE_FORMATS.values(), ids=FILE_FORMATS)
def test_every_container_is_there_and_its_codecs_are_known(kind):
    assert av.ContainerFormat(kind.container, "w").is_output
    assert set(kind.codecs) <= set(ENCODERS)


def test_extensions_are_known_in_capitals_too():
    assert file_format("CLIP.MP4") is FILE_FORMATS[".mp4"]


@pytest.mark.parametrize("name", ["clip.avi", "clip", "clip.mp4.txt"])
def test_an_unknown_extension_lists_the_known_ones(name):
    sentence = (
        f"{name}: unknown extension; use .mp4, .webm, .mkv, .mov, .gif, .webp, .apng, "
        "or end with / for a folder of PNG frames"
    )
    with pytest.raises(OutputError, match=f"^{re.escape(sentence)}$"):
        file_format(name)


def test_defaults_are_what_the_documentation_says():
    defaults = {extension: kind.codecs[0] for extension, kind in FILE_FORMATS.items()}
    assert defaults[".mp4"] == "h264"
    assert defaults[".webm"] == "vp9"
    assert defaults[".mkv"] == "hevc"
    assert defaults[".mov"] == "prores"
    assert [ENCODERS[name].crf for name in ("h264", "hevc", "vp9")] == [16, 20, 24]


def test_a_codec_that_the_file_cannot_hold_names_those_it_can():
    with pytest.raises(InputError, match="codec 'prores' is not for this file; use h264"):
        choose_encoder("a.mp4", "prores", None)


@pytest.mark.parametrize("crf", [-1, 52])
def test_a_crf_out_of_range_names_the_range(crf):
    with pytest.raises(InputError, match=rf"crf is {crf}, but has to lie in 0\.\.51 for h264"):
        choose_encoder("a.mp4", None, crf)


def test_what_has_no_crf_takes_none():
    with pytest.raises(InputError, match="prores has no crf"):
        choose_encoder("a.mov", None, 20)
    assert choose_encoder("a.mov", "h264", 20).name == "libx264"


def test_sides_have_to_be_even_only_where_chroma_is_halved():
    assert ENCODERS["h264"].even_sides == (True, True)
    assert ENCODERS["prores"].even_sides == (True, False)
    assert ENCODERS["apng"].even_sides == (False, False)


@pytest.mark.parametrize(
    ("path", "codec", "size", "way_out"),
    [
        ("a.mkv", None, (1, 1), "--codec h264, --codec vp9, .webm, .apng or a folder/"),
        (
            "a.mp4",
            "hevc",
            (200, 63),
            "--codec h264, --codec vp9, --codec av1, .webm, .apng or a folder/",
        ),
        ("a.mp4", None, (17_000, 2), ".apng or a folder/"),
        ("a.mov", None, (2, 16_384), "--codec h264, .apng or a folder/"),
        ("a.apng", None, (70_000, 2), "a folder/"),
    ],
)
def test_a_size_that_does_not_fit_names_the_outputs_that_hold_it(path, codec, size, way_out):
    with pytest.raises(OutputError) as caught:
        check_size(path, codec, size)
    assert str(caught.value).startswith(f"{path}: {size[0]}x{size[1]} does not fit ")
    assert str(caught.value).endswith(f" pixels; use {way_out} of PNG frames")


@pytest.mark.parametrize(("path", "side"), [("a.mkv", 64), ("a.mp4", 16_384), ("a.webp", 16_383)])
def test_the_limits_themselves_fit(path, side):
    check_size(path, None, (side, side))


def test_the_largest_sides_are_what_the_encoders_take():
    # A row of blocks only: what FFmpeg refuses, it refuses by the sides.
    for name, refused in (("h264", 16_400), ("webp", 16_384)):
        encoder = ENCODERS[name]
        sizes = ((encoder.max_side, True), (refused, False))
        for width, works in sizes:
            context = av.CodecContext.create(encoder.name, "w")
            context.width, context.height, context.pix_fmt = width, 2, encoder.pixel_format
            context.time_base = Fraction(1, 30)
            frame = VideoFrame(width, 2, encoder.pixel_format)
            assert _encodes(context, frame) == works


def _encodes(context, frame):
    try:
        return bool([*context.encode(frame), *context.encode(None)])
    except av.error.FFmpegError:
        return False
