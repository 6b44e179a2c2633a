from pathlib import Path

import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.media.fit import common_size, fit_picture
from filmnet.media.photos import PhotoInfo


def info(name, width, height):
    return PhotoInfo(path=Path(name), width=width, height=height, dtype=np.uint8)


PHOTOS = [info("a.jpg", 60, 40), info("b.jpg", 50, 44)]


def test_equal_sizes_need_no_fit():
    assert common_size([PHOTOS[0], info("c.jpg", 60, 40)]) == (60, 40)


def test_differing_sizes_name_both_sizes_and_the_way_out():
    with pytest.raises(InputError) as caught:
        common_size(PHOTOS)
    assert str(caught.value) == (
        "b.jpg: 50x44 differs from the first photo (60x40); "
        "crop or resize it, or pass --fit crop or --fit pad"
    )


def test_crop_takes_what_all_have_and_pad_what_all_need():
    assert common_size(PHOTOS, "crop") == (50, 40)
    assert common_size(PHOTOS, "pad") == (60, 44)


def test_an_unknown_fit_is_an_error():
    with pytest.raises(InputError, match="fit is 'stretch', but has to be crop or pad"):
        common_size(PHOTOS, "stretch")


def test_the_right_size_gives_the_same_array(noise):
    picture = noise(20, 14)
    assert fit_picture(picture, (20, 14)) is picture


def test_cropping_keeps_the_centre(noise):
    picture = noise(20, 14)
    assert np.array_equal(fit_picture(picture, (16, 9)), picture[2:11, 2:18])


def test_padding_puts_black_around_the_centre(noise):
    picture = noise(20, 14, np.uint16)
    padded = fit_picture(picture, (25, 18))
    assert padded.dtype == np.uint16
    assert np.array_equal(padded[2:16, 2:22], picture)
    padded[2:16, 2:22] = 0
    assert not padded.any()


def test_one_side_may_be_cropped_while_the_other_is_padded(noise):
    picture = noise(20, 14)
    fitted = fit_picture(picture, (10, 20))
    assert np.array_equal(fitted[3:17], picture[:, 5:15])
