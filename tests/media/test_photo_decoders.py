import io
import threading
import warnings

import numpy as np
import pytest
from PIL import Image

from filmnet.media.photo_decoders import open_photo, pillow_limit, quiet_decoders


def encoded(picture, kind, **options):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
def test_the_header_gives_the_size_without_decoding(noise, kind):
    photo = open_photo(encoded(noise(), kind), max_pixels=1000)
    assert (photo.width, photo.height, photo.dtype) == (20, 14, np.uint8)


@pytest.mark.parametrize(
    "start", [b"", b"hello", b"\0" * 64, b"RIFF....WAVE", b"\0\0\0\x18ftypmp42"]
)
def test_unknown_beginnings_are_no_photo(start):
    assert open_photo(io.BytesIO(start), max_pixels=1000) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_says_nothing_about_a_photo(noise, kind):
    file = encoded(noise(), kind, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 20)
    with quiet_decoders():
        assert open_photo(file, max_pixels=1000).decode().shape == (14, 20, 3)


def test_pillows_limit_stays_where_it_suffices():
    before = Image.MAX_IMAGE_PIXELS
    with pillow_limit(2 * before):
        assert before == Image.MAX_IMAGE_PIXELS


def test_pillows_limit_is_lifted_only_for_the_while():
    before = Image.MAX_IMAGE_PIXELS
    with pillow_limit(10**10):
        assert Image.MAX_IMAGE_PIXELS == 10**10
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "PNG", "JPEG"])
def test_photos_beyond_pillows_limit_are_decoded_if_allowed(noise, kind, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    file = encoded(noise(), kind)
    assert open_photo(file, max_pixels=1000).decode().shape == (14, 20, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_warnings_are_kept_back_and_come_again_after():
    with quiet_decoders():
        warnings.warn("unheard", stacklevel=1)
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_decoding_in_several_threads_leaves_the_settings_alone(noise):
    data = encoded(noise(), "PNG").getvalue()
    filters, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS

    def work():
        for _ in range(20):
            with quiet_decoders():
                open_photo(io.BytesIO(data), max_pixels=1000).decode()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == filters
    assert limit == Image.MAX_IMAGE_PIXELS
