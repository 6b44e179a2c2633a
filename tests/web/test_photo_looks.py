from __future__ import annotations

import pytest
from PIL import Image

from filmnet.errors import InputError
from filmnet.web.photo_looks import look_of
from filmnet.web.settings import Limits


def test_a_look_is_small_and_made_once(photos):
    (photo,) = photos(1, (3000, 100))
    look = look_of(photo, Limits())
    with Image.open(look) as image:
        assert image.size == (1600, 53)
        assert image.format == "JPEG"
    photo.unlink()
    assert look_of(photo, Limits()) == look


def test_a_photo_beyond_the_limit_is_not_decoded(photos):
    (photo,) = photos(1, (100, 100))
    with pytest.raises(InputError, match="megapixels"):
        look_of(photo, Limits(pixels=9999))
