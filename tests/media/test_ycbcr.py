import numpy as np
import pytest

from filmnet.media.ycbcr import to_ycbcr

# RGB, and Y'CbCr of 8 bits by BT.709: 16 + 219 Y', 128 + 224 (B' - Y') / 1.8556, likewise red
COLOURS = [
    ((0, 0, 0), (16, 128, 128)),
    ((255, 255, 255), (235, 128, 128)),
    ((128, 128, 128), (126, 128, 128)),
    ((255, 0, 0), (63, 102, 240)),
    ((0, 255, 0), (173, 42, 26)),
    ((0, 0, 255), (32, 240, 118)),
]


def plain(colour, dtype=np.uint8):
    scale = np.iinfo(dtype).max // 255
    return np.full((2, 4, 3), colour, dtype) * np.array(scale, dtype)


@pytest.mark.parametrize(("rgb", "ycbcr"), COLOURS)
def test_colours_have_bt709s_values(rgb, ycbcr):
    planes = to_ycbcr(plain(rgb), bits=8, halve_rows=True)
    assert tuple(int(plane[0, 0]) for plane in planes) == ycbcr


@pytest.mark.parametrize(("rgb", "ycbcr"), COLOURS[:2])
def test_10_bits_are_4_times_8_and_16_bit_white_is_white(rgb, ycbcr):
    planes = to_ycbcr(plain(rgb, np.uint16), bits=10, halve_rows=False)
    assert tuple(int(plane[0, 0]) for plane in planes) == tuple(4 * value for value in ycbcr)


def test_both_depths_give_the_same(smooth):
    picture = smooth()
    deep = picture.astype(np.uint16) * 257
    for a, b in zip(
        to_ycbcr(picture, bits=8, halve_rows=True),
        to_ycbcr(deep, bits=8, halve_rows=True),
        strict=True,
    ):
        assert np.abs(a.astype(int) - b).max() <= 1  # float32 may round a half either way
        assert (a != b).mean() < 0.001


def test_planes_have_the_sizes_of_their_subsampling():
    shapes = [plane.shape for plane in to_ycbcr(plain((1, 2, 3)), bits=8, halve_rows=True)]
    assert shapes == [(2, 4), (1, 2), (1, 2)]
    shapes = [plane.shape for plane in to_ycbcr(plain((1, 2, 3)), bits=10, halve_rows=False)]
    assert shapes == [(2, 4), (2, 2), (2, 2)]


def test_chroma_is_the_average_of_the_pixels_that_share_it():
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, 0] = (0, 0, 255)
    _, blue, _ = to_ycbcr(picture, bits=8, halve_rows=True)
    assert blue.item() == 128 + 112 // 4


def test_every_grey_is_neutral():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    _, blue, red = to_ycbcr(grey, bits=8, halve_rows=False)
    assert (blue == 128).all()
    assert (red == 128).all()
