import numpy as np
import pytest

from filmnet.errors import OutputError
from filmnet.media.spool import Spool, encode_png


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pictures_come_back_in_any_order_equal_in_every_bit(tmp_path, noise, dtype):
    pictures = [noise(seed=i, dtype=dtype) for i in range(4)]
    with Spool(tmp_path) as spool:
        for picture in pictures:
            spool.append(picture)
        assert len(spool) == 4
        for i in (3, 0, 2, 1):
            assert spool[i].dtype == dtype
            assert np.array_equal(spool[i], pictures[i])
        spool.append(pictures[0])
        assert np.array_equal(spool[4], pictures[0])


def test_it_is_walked_through_in_order(tmp_path, noise):
    with Spool(tmp_path) as spool:
        for i in range(3):
            spool.append(noise(seed=i))
        assert [np.array_equal(p, noise(seed=i)) for i, p in enumerate(spool)] == [True] * 3


def test_it_leaves_no_file(tmp_path, noise):
    with Spool(tmp_path) as spool:
        spool.append(noise())
    assert list(tmp_path.iterdir()) == []


def test_an_index_beyond_the_end_is_an_error(tmp_path):
    with Spool(tmp_path) as spool, pytest.raises(IndexError):
        spool[0]


def test_a_full_disk_is_one_sentence(tmp_path, noise, file_size_limit):
    sentence = pytest.raises(OutputError, match="no room to keep frames")
    with Spool(tmp_path) as spool, file_size_limit(100), sentence:
        spool.append(noise())


def test_closing_on_a_full_disk_does_not_hide_that_sentence(tmp_path, noise, file_size_limit):
    with (
        file_size_limit(100),
        pytest.raises(OutputError, match="no room to keep frames"),
        Spool(tmp_path) as spool,
    ):
        spool.append(noise())


def test_png_keeps_both_depths(noise):
    for dtype in (np.uint8, np.uint16):
        assert encode_png(noise(dtype=dtype), effort=1)[24] == np.dtype(dtype).itemsize * 8
