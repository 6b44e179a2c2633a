from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from filmnet.jobs import Cancel
from filmnet.web.insight_job import NAMES, check_pair, look_at_pair
from filmnet.web.network import SharedNetwork
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError
from page_serving import BlendingNetwork


def look(photos, folder, reports=()):
    folder.mkdir()
    network = SharedNetwork(BlendingNetwork)
    report = list(reports).append
    return look_at_pair(tuple(photos), 0.25, folder, network, Limits(), report, Cancel())


def test_all_pictures_are_there_and_of_the_photos_size(photos, tmp_path):
    seen = look(photos(), tmp_path / "job")
    assert [path.stem for path in seen.pictures] == list(NAMES)
    for path in seen.pictures:
        with Image.open(path) as image:
            assert image.size == (96, 64)
    assert seen.confidence == 0.9


def test_flow_has_the_usual_colours(photos, tmp_path):
    """Down to the right is orange, up to the left is blue."""
    seen = look(photos(), tmp_path / "job")
    there, back = (np.asarray(Image.open(path))[32, 48].astype(int) for path in seen.pictures[:2])
    assert there[0] > 200
    assert there[2] < 60
    assert back[2] > 200
    assert back[0] < 60


def test_the_made_frame_is_at_the_instant(photos, tmp_path):
    seen = look(photos(), tmp_path / "job")
    with Image.open(seen.pictures[NAMES.index("made")]) as image:
        assert abs(image.getpixel((48, 32))[0] - 30) <= 1


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_a_pair_is_looked_at(photos, number):
    with pytest.raises(PageError, match="Exactly two photos"):
        check_pair(tuple(photos(number)), Limits())


def test_a_file_that_is_no_photo_is_refused(photos, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"x")
    with pytest.raises(PageError, match=r"^bad.jpg cannot be used"):
        check_pair((photos()[0], bad), Limits())
