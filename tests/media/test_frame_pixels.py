from contextlib import suppress

import numpy as np
import pytest
from av.video.format import VideoFormat, names
from av.video.frame import VideoFrame

from filmnet.media.frame_colour import bits_of, colour_of, has_alpha
from filmnet.media.frame_pixels import frame_to_picture

SIZE = 64, 48
COARSE = {"rgb8": 3, "bgr8": 3, "rgb4_byte": 1, "bgr4_byte": 1, "pal8": 3, "monow": 1, "monob": 1}
"""Bits of the channel that has least, where FFmpeg dithers."""


def quarters():
    """Four plain colours."""
    picture = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    picture[:24, :32], picture[:24, 32:] = (200, 60, 60), (60, 180, 60)
    picture[24:, :32], picture[24:, 32:] = (70, 70, 210), (120, 120, 120)
    return picture


def formats():
    """All pixel formats to which FFmpeg can convert a picture."""
    source = VideoFrame.from_ndarray(quarters(), format="rgb24")
    for name in sorted(names):
        with suppress(ValueError, OSError):  # FFmpeg's errors are these, too
            yield name, source.reformat(format=name, dst_colorspace="ITU709", threads=1)


FRAMES = dict(formats())


def to_picture(frame, **options):
    colour = colour_of(frame)
    dtype = np.uint16 if colour.bits > 8 else np.uint8
    options = {"with_alpha": has_alpha(frame.format), "dtype": dtype, **options}
    return frame_to_picture(frame, colour, **options)


def test_nearly_all_of_ffmpegs_formats_are_tried():
    assert len(FRAMES) > 150
    assert {"yuv420p", "nv12", "p010le", "gbrap16be", "yuva444p10le", "rgb555be"} <= set(FRAMES)


@pytest.mark.parametrize("name", [name for name in FRAMES if name not in ("rgb4", "bgr4")])
def test_every_format_gives_the_picture_that_went_in(name):
    frame = FRAMES[name]
    picture = to_picture(frame)
    assert picture.shape == (SIZE[1], SIZE[0], 4 if has_alpha(frame.format) else 3)
    shown = picture[..., :3] / np.iinfo(picture.dtype).max
    wanted = quarters() / 255
    if name.startswith(("gray", "ya", "mono")):
        wanted = (wanted @ (0.299, 0.587, 0.114))[..., None].repeat(3, -1)
    blocks = [(slice(4, 20), slice(4, 28)), (slice(4, 20), slice(36, 60))]
    blocks += [(slice(28, 44), slice(4, 28)), (slice(28, 44), slice(36, 60))]
    fewest = min(part.bits for part in frame.format.components if not part.is_alpha)
    fewest = COARSE.get(name, fewest)
    for rows, columns in blocks:
        found, colour = (a[rows, columns].mean((0, 1)) for a in (shown, wanted))
        # half a step of the coarsest channel, or what FFmpeg's own conversion is off by
        assert np.abs(found - colour).max() < max(0.6 / (2**fewest - 1), 0.02)
    if has_alpha(frame.format):
        assert (picture[..., 3] == np.iinfo(picture.dtype).max).all()


@pytest.mark.parametrize("name", ["rgb555be", "rgb565be", "bgr555be", "bgr565be"])
@pytest.mark.parametrize("size", [(64, 48), (33, 7)])
def test_two_bytes_per_pixel_are_the_same_in_either_order(name, size):
    little = VideoFrame.from_ndarray(
        np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8), format="rgb24"
    ).reformat(format=f"{name[:-2]}le", threads=1)
    big = VideoFrame(*size, name)
    for target, source in zip(big.planes, little.planes, strict=True):
        target.update(np.frombuffer(source, np.uint16).byteswap().tobytes())
    assert np.array_equal(to_picture(big), to_picture(little))


@pytest.mark.parametrize(("name", "one"), [("monow", 0), ("monob", 255)])
def test_pixels_of_one_bit_are_black_and_white(name, one):
    frame = VideoFrame(24, 3, name)
    rows = np.zeros((3, frame.planes[0].line_size), np.uint8)
    rows[:, :3] = (0b10101010, 0b11110000, 0b00000001)
    frame.planes[0].update(rows.tobytes())
    bits = np.unpackbits(rows[:, :3], axis=1)
    wanted = np.where(bits, one, 255 - one)
    assert np.array_equal(to_picture(frame)[..., 0], wanted)


def test_alpha_is_asked_for_and_else_left_out():
    frame = VideoFrame(8, 4, "yuva420p")
    for plane, value in zip(frame.planes, (126, 128, 128, 51), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    assert to_picture(frame).shape[2] == 4
    assert (to_picture(frame)[..., 3] == 51).all()
    assert to_picture(frame, with_alpha=False).shape[2] == 3
    assert (to_picture(frame, dtype=np.uint16)[..., 3] == 51 * 257).all()


def test_an_opaque_format_has_opaque_alpha():
    frame = VideoFrame.from_ndarray(quarters(), format="rgb24").reformat(format="yuv420p")
    assert (to_picture(frame, with_alpha=True)[..., 3] == 255).all()


@pytest.mark.parametrize("name", ["yuv420p10le", "rgb24", "gray10le"])
def test_depth_is_that_which_is_asked_for(name):
    frame = FRAMES[name]
    eight = to_picture(frame, dtype=np.uint8, with_alpha=False)
    sixteen = to_picture(frame, dtype=np.uint16, with_alpha=False)
    assert (eight.dtype, sixteen.dtype) == (np.uint8, np.uint16)
    assert np.abs(sixteen / 257 - eight).max() <= 0.5
    assert bits_of(VideoFormat(name, 8, 8)) in (8, 10)


@pytest.mark.parametrize("name", ["yaf32le", "yaf32be"])
def test_pixels_that_would_overwrite_memory_are_refused(name):
    if name not in names:
        pytest.skip("this FFmpeg does not know them")
    with pytest.raises(ValueError, match="is not converted"):
        to_picture(VideoFrame(33, 17, name))


@pytest.mark.parametrize("name", ["nv12", "pal8", "yuyv422", "p010le", "rgb565be", "ya8", "bgr24"])
@pytest.mark.parametrize("size", [(33, 17), (322, 6), (5, 5)])
def test_every_pixel_of_an_odd_size_is_written(name, size):
    frame = VideoFrame(*size, name)
    rng = np.random.default_rng(0)
    for plane in frame.planes:
        plane.update(rng.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
    found = []
    for left in (0, 170, 255):
        fill_freed_memory(size, left)
        found.append(to_picture(frame))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def fill_freed_memory(size, value):
    """Leave frames of one value behind, whose memory the next frames are likely to get."""
    kinds = [VideoFrame(*size, kind) for kind in ("rgba", "rgba64le", "yuv422p", "yuv420p")]
    for frame in kinds:
        for plane in frame.planes:
            plane.update(bytes([value]) * plane.buffer_size)
