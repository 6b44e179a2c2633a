from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from filmnet.errors import InputError
from filmnet.jobs import Cancel, Cancelled
from filmnet.web.formats import FORMATS
from filmnet.web.network import SharedNetwork
from filmnet.web.photo_job import PhotoOrder, check_photo_order, make_photo_video, save_look
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError
from page_serving import BlendingNetwork

LIMITS = Limits(frames=100, files=4, pixels=100_000)
NOBODY = (lambda progress: None), Cancel()


@pytest.fixture
def network():
    return SharedNetwork(BlendingNetwork)


@pytest.fixture
def order(photos):
    def make(number=2, **options):
        return PhotoOrder(photos=tuple(photos(number)), **{"seconds": 0.5, "fps": 20} | options)

    return make


def make(order, folder, network, report=NOBODY[0], cancel=NOBODY[1]):
    folder.mkdir(exist_ok=True)
    return make_photo_video(order, folder, network, LIMITS, report, cancel)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_out_whole(order, tmp_path, network, name):
    made = make(order(format=name), tmp_path / "job", network)
    assert made.file.stat().st_size > 100
    assert (made.frames, made.size) == (10, (96, 64))
    assert made.shown == FORMATS[name].shown
    assert made.file.parent == tmp_path / "job"
    assert not list((tmp_path / "job").glob("*part*"))


def test_the_video_plays_as_long_as_was_asked(order, tmp_path, network):
    made = make(order(hold=0.2, boomerang=True), tmp_path / "job", network)
    with av.open(str(made.file)) as container:
        assert len(list(container.decode(video=0))) == made.frames == 10 + 8 + 8
        assert container.streams.video[0].codec.canonical_name == "h264"


def test_photos_stand_where_their_frames_are(order, tmp_path, network):
    made = make(order(3, hold=0.1, format="frames"), tmp_path / "job", network)
    for number, frame in enumerate(made.photo_frames):
        with Image.open(sorted(made.frame_folder.glob("*.png"))[frame]) as image:
            assert image.getpixel((0, 0))[0] == 40 * number + 20
    assert [path.exists() for path in made.photos] == [True] * 3


def test_photos_of_differing_sizes_are_cropped_to_one(photos, tmp_path, network):
    wide = photos(1, (128, 64))[0].rename(tmp_path / "wide.png")
    tall = photos(1, (64, 96))[0].rename(tmp_path / "tall.png")
    made = make(PhotoOrder(photos=(wide, tall), seconds=0.2), tmp_path / "job", network)
    assert made.size == (64, 64)


def test_a_stopped_job_leaves_no_video(order, tmp_path, network):
    cancel = Cancel()

    def report(progress):
        if progress.frames_done == 3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        make(order(), tmp_path / "job", network, report, cancel)
    assert {path.suffix for path in (tmp_path / "job").iterdir()} == {".jpg"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"number": 1}, "Two photos or more"),
        ({"number": 0}, "Two photos or more"),
        ({"number": 5}, "At most 4 files"),
        ({"seconds": 30}, "That would be 600 frames, and 100 is the most"),
        ({"hold": 5}, "That would be 210 frames"),
        ({"loop": True, "boomerang": True}, "two ways back"),
        ({"format": "exe"}, "no format exe"),
    ],
)
def test_each_limit_is_one_sentence(order, options, message):
    number = options.pop("number", 2)
    with pytest.raises(PageError, match=message):
        check_photo_order(order(number, **options), LIMITS)


@pytest.mark.parametrize(
    "options", [{"seconds": 0}, {"seconds": float("nan")}, {"fps": 0}, {"fps": 1e9}, {"hold": -1}]
)
def test_numbers_without_sense_are_refused(order, options):
    with pytest.raises(InputError):
        check_photo_order(order(**options), LIMITS)


def test_a_file_that_is_no_photo_is_named_without_its_folder(order, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"x")
    mixed = PhotoOrder(photos=(*order().photos, bad))
    with pytest.raises(PageError) as raised:
        check_photo_order(mixed, LIMITS)
    assert str(raised.value) == "bad.jpg cannot be used as a photo; choose another."


def test_a_deep_picture_is_looked_at_in_8_bits(tmp_path):
    path: Path = tmp_path / "a.jpg"
    save_look(np.full((8, 8, 3), 128 << 8, np.uint16), path)
    with Image.open(path) as image:
        assert image.getpixel((4, 4))[0] == 128
