import numpy as np
import pytest

from filmnet.media.video_colour import VideoColour
from filmnet.media.ycbcr import matrix_of, to_rgb, to_ycbcr

# RGB, and Y'CbCr of 8 bits by BT.709: 16 + 219 Y', 128 + 224 (B' - Y') / 1.8556, likewise red
COLOURS = [
    ((0, 0, 0), (16, 128, 128)),
    ((255, 255, 255), (235, 128, 128)),
    ((128, 128, 128), (126, 128, 128)),
    ((255, 0, 0), (63, 102, 240)),
    ((0, 255, 0), (173, 42, 26)),
    ((0, 0, 255), (32, 240, 118)),
]

# Red by each matrix of H.273, limited and full: the first number is 16 + 219 Kr or 255 Kr
REDS = [
    (0, (16, 16, 235), (0, 0, 255)),
    (1, (63, 102, 240), (54, 99, 255)),
    (4, (82, 90, 240), (76, 85, 255)),
    (5, (81, 90, 240), (76, 85, 255)),
    (6, (81, 90, 240), (76, 85, 255)),
    (7, (62, 102, 240), (54, 98, 255)),
    (8, (71, 72, 240), (64, 64, 255)),
    (9, (74, 97, 240), (67, 92, 255)),
]


def coding(**changes):
    plain = {"matrix": 1, "primaries": 1, "transfer": 1, "full_range": False}
    plain |= {"chroma_location": 1, "bits": 8, "chroma": "420"}
    return VideoColour(**(plain | changes))


def plain(colour, dtype=np.uint8):
    scale = np.iinfo(dtype).max // 255
    return np.full((2, 4, 3), colour, dtype) * np.array(scale, dtype)


def first(planes):
    return tuple(int(plane[0, 0]) for plane in planes)


def trip(planes, colour):
    return to_ycbcr(to_rgb(planes, colour, np.uint8 if colour.bits == 8 else np.uint16), colour)


@pytest.mark.parametrize(("rgb", "ycbcr"), COLOURS)
def test_colours_have_bt709s_values(rgb, ycbcr):
    assert first(to_ycbcr(plain(rgb), coding())) == ycbcr


@pytest.mark.parametrize(("matrix", "limited", "full"), REDS)
def test_red_has_the_value_of_every_matrix(matrix, limited, full):
    for is_full, values in ((False, limited), (True, full)):
        colour = coding(matrix=matrix, full_range=is_full, chroma="444")
        assert first(to_ycbcr(plain((255, 0, 0)), colour)) == values


@pytest.mark.parametrize(("rgb", "ycbcr"), COLOURS[:2])
def test_10_bits_are_4_times_8_and_16_bit_white_is_white(rgb, ycbcr):
    planes = to_ycbcr(plain(rgb, np.uint16), coding(bits=10, chroma="422"))
    assert first(planes) == tuple(4 * value for value in ycbcr)
    back = to_rgb(planes, coding(bits=10, chroma="422"), np.uint16)
    assert np.array_equal(back, plain(rgb, np.uint16))


def test_both_depths_give_the_same(smooth):
    picture = smooth()
    deep = picture.astype(np.uint16) * 257
    for a, b in zip(to_ycbcr(picture, coding()), to_ycbcr(deep, coding()), strict=True):
        assert np.abs(a.astype(int) - b).max() <= 1  # float32 may round a half either way
        assert (a != b).mean() < 0.001


@pytest.mark.parametrize(
    ("chroma", "shape"),
    [
        ("444", (5, 7)),
        ("422", (5, 4)),
        ("420", (3, 4)),
        ("440", (3, 7)),
        ("411", (5, 2)),
        ("410", (2, 2)),
    ],
)
def test_planes_have_the_sizes_of_their_sampling(noise, chroma, shape):
    planes = to_ycbcr(noise(7, 5), coding(chroma=chroma))
    assert [plane.shape for plane in planes] == [(5, 7), shape, shape]
    assert to_rgb(planes, coding(chroma=chroma), np.uint8).shape == (5, 7, 3)


def test_grey_video_has_one_plane_and_comes_back_grey():
    picture = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    planes = to_ycbcr(picture, coding(chroma="400", full_range=True))
    assert len(planes) == 1
    assert np.array_equal(to_rgb(planes, coding(chroma="400", full_range=True), np.uint8), picture)


def test_every_grey_is_neutral():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for matrix in (1, 4, 6, 7, 8, 9):
        _, blue, red = to_ycbcr(grey, coding(matrix=matrix, chroma="422"))
        assert (blue == 128).all()
        assert (red == 128).all()


@pytest.mark.parametrize("matrix", [0, 1, 6, 7, 8, 9])
@pytest.mark.parametrize("full_range", [False, True])
def test_pictures_without_subsampling_come_back_within_rounding(noise, matrix, full_range):
    picture = noise(64, 48, np.uint16)
    colour = coding(matrix=matrix, full_range=full_range, chroma="444", bits=16)
    back = to_rgb(to_ycbcr(picture, colour), colour, np.uint16)
    assert np.abs(back.astype(int) - picture).max() <= 3  # three roundings of up to half a code


@pytest.mark.parametrize("chroma", ["420", "422", "440", "411"])
@pytest.mark.parametrize("location", [0, 1, 2, 3])
@pytest.mark.parametrize(("bits", "matrix"), [(8, 1), (8, 6), (10, 9)])
def test_reading_and_writing_again_and_again_changes_nothing(
    smooth, chroma, location, bits, matrix
):
    colour = coding(chroma=chroma, chroma_location=location, bits=bits, matrix=matrix)
    dtype = np.uint8 if bits == 8 else np.uint16
    planes = again = to_ycbcr(smooth(96, 64, dtype), colour)
    for _ in range(5):
        again = trip(again, colour)
    for a, b in zip(planes, again, strict=True):
        difference = b.astype(int) - a
        assert abs(difference.mean()) < 0.02  # no step in brightness, no shift of colour
        assert np.abs(difference).mean() < 0.05  # 8-bit RGB is no finer than 8-bit Y'CbCr


def test_chroma_stays_where_it_stands():
    # The step of a picture whose chroma stands at the left is seen half a sample farther left.
    planes = (
        np.full((8, 16), 128, np.uint8),
        np.tile(np.where(np.arange(8) < 4, 108, 148).astype(np.uint8), (4, 1)),
        np.full((4, 8), 128, np.uint8),
    )
    crossing = {}
    for location in (1, 2):
        row = to_rgb(planes, coding(chroma_location=location), np.uint8)[4, :, 2].astype(float)
        middle = (row[0] + row[-1]) / 2
        x = int(np.argmax(row > middle))
        crossing[location] = x - 1 + (middle - row[x - 1]) / (row[x] - row[x - 1])
    assert crossing[2] == pytest.approx(7.5, abs=0.05)
    assert crossing[1] == pytest.approx(7.0, abs=0.05)


@pytest.mark.parametrize(
    ("size", "primaries", "matrix"),
    [
        ((720, 576), 2, 6),
        ((640, 480), 2, 6),
        ((1280, 720), 2, 1),
        ((1080, 1920), 2, 1),
        ((3840, 2160), 9, 9),
    ],
)
def test_unspecified_matrices_are_those_that_players_take(size, primaries, matrix):
    assert matrix_of(coding(matrix=2, primaries=primaries), size) == matrix
    assert matrix_of(coding(matrix=4), size) == 4
