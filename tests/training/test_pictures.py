import io

import numpy as np
import pytest
from PIL import Image

from filmnet.training.pictures import SampleError, decode_picture, is_picture_name, read_bytes
from material import texture


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_comes_back_as_it_was():
    pixels = texture(5, 7)
    assert np.array_equal(decode_picture(png(pixels), "a.png"), pixels)


def test_grey_becomes_three_channels():
    assert decode_picture(png(np.full((2, 3), 9, np.uint8)), "a.png").shape == (2, 3, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[: len(data) // 2], r"^a\.png: damaged or cut short \("),
        (lambda data: b"text", r"^a\.png: "),
        (lambda data: b"", r"^a\.png: "),
    ],
)
def test_what_is_no_picture_is_one_sentence(change, message):
    with pytest.raises(SampleError, match=message):
        decode_picture(change(png(texture(40, 40))), "a.png")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(SampleError, match=r"none\.png: cannot be read \(No such file"):
        read_bytes(tmp_path / "none.png")


def test_of_a_workers_traceback_the_sentence_is_kept():
    text = "Traceback …\n  File x\nfilmnet.training.pictures.SampleError: a.png: damaged\n"
    assert str(SampleError(text)) == "a.png: damaged"
    assert str(SampleError("a.png: damaged")) == "a.png: damaged"


def test_pictures_are_known_by_their_names():
    assert is_picture_name("A.JPG")
    assert not is_picture_name(".hidden.png")
    assert not is_picture_name("list.txt")
