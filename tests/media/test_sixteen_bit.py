import io

import cv2
import numpy as np
import pytest
from PIL import Image

from filmnet.media.sixteen_bit import decode_16_bit


@pytest.fixture
def deep_png(noise):
    picture = noise(dtype=np.uint16)
    return picture, cv2.imencode(".png", picture[..., ::-1])[1].tobytes()


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_all_16_bits_of_colour_are_read(deep_png):
    picture, data = deep_png
    assert np.array_equal(decode_16_bit(opened(data), data, "png_pipe"), picture)


def test_without_ffmpeg_the_upper_bytes_are_repeated(deep_png):
    picture, data = deep_png
    decoded = decode_16_bit(opened(data), b"", "png_pipe")
    assert np.array_equal(decoded, (picture >> 8) * 257)


def test_ffmpeg_is_not_believed_against_pillow(deep_png, noise):
    picture, data = deep_png
    other = cv2.imencode(".png", noise(dtype=np.uint16, seed=1))[1].tobytes()
    assert np.array_equal(decode_16_bit(opened(data), other, "png_pipe"), (picture >> 8) * 257)


def test_grey_where_0_is_white_is_inverted(noise):
    grey = noise(dtype=np.uint16)[..., 0]
    image = Image.fromarray(grey)
    decoded = decode_16_bit(image, b"", "tiff_pipe", inverted=True)
    assert np.array_equal(decoded[..., 2], 65535 - grey)
