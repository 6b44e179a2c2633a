import cv2
import numpy as np
import pytest
from PIL import Image

from filmnet.errors import InputError
from filmnet.jobs.photo_series import find_photos, probe_series

LIMIT = 1_000_000


def test_one_photo_is_too_few(photos):
    (path,) = photos(1)
    with pytest.raises(InputError, match=r"0\.png: a video needs two photos or more"):
        find_photos([path])


def test_no_photo_is_too_few():
    with pytest.raises(InputError, match="no photo at all: a video needs two"):
        find_photos([])


def test_a_folder_and_a_glob_are_photos(photos):
    paths = photos(3)
    assert find_photos(paths[0].parent) == tuple(paths)
    assert find_photos(f"{paths[0].parent}/*.png") == tuple(paths)


def test_photos_are_read_when_they_are_asked_for(photos, monkeypatch):
    paths, read = photos(3), []
    series = probe_series(find_photos(paths), fit=None, max_pixels=LIMIT)
    from filmnet.jobs import photo_series

    original = photo_series.read_photo
    monkeypatch.setattr(
        photo_series, "read_photo", lambda path, **_: read.append(path.name) or original(path)
    )
    pictures = series.pictures()
    assert read == []
    next(pictures)
    assert read == ["0.png"]
    assert len(list(pictures)) == 2
    assert read == ["0.png", "1.png", "2.png"]


def test_sizes_are_compared_before_anything_is_decoded(photos, monkeypatch):
    paths = photos(2)
    Image.new("RGB", (30, 24)).save(paths[1])
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(InputError, match="differs from the first photo"):
        probe_series(tuple(paths), fit=None, max_pixels=LIMIT)


@pytest.mark.parametrize(("fit", "size"), [("crop", (30, 24)), ("pad", (32, 26))])
def test_a_fit_gives_all_photos_one_size(photos, fit, size):
    paths = photos(2)
    Image.new("RGB", (30, 26)).save(paths[1])
    series = probe_series(tuple(paths), fit=fit, max_pixels=LIMIT)
    assert series.size == size
    assert {picture.shape for picture in series.pictures()} == {(size[1], size[0], 3)}


def test_one_deep_photo_makes_all_deep(photos):
    paths = photos(2)
    cv2.imwrite(str(paths[1]), np.full((24, 32, 3), 1000, np.uint16))
    series = probe_series(tuple(paths), fit=None, max_pixels=LIMIT)
    first, second = series.pictures()
    assert series.dtype is np.uint16
    assert first[0, 0, 0] == 20 * 257
    assert second[0, 0, 0] == 1000


def test_padding_does_not_get_around_the_limit(photos):
    paths = photos(2, size=(30, 1))
    Image.new("RGB", (1, 30)).save(paths[1])
    with pytest.raises(InputError, match="padded to 30x30"):
        probe_series(tuple(paths), fit="pad", max_pixels=100)
