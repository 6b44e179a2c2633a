from __future__ import annotations

import zipfile
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from filmnet.errors import InputError
from filmnet.media import open_output
from filmnet.web.results import MadeVideo, frame_picture, save_small, zip_frames, zip_of


def grey(path):
    with Image.open(path) as image:
        return int(np.asarray(image.convert("L"))[10, 10])


@pytest.fixture(params=[".mp4", ".webm", ".gif", ".webp", ".apng", "frames"])
def made(request, tmp_path):
    """Twelve frames, frame k of the grey 20 k."""
    kind = request.param
    target = tmp_path / "frames" if kind == "frames" else tmp_path / f"a{kind}"
    path = f"{target}/" if kind == "frames" else str(target)
    fps = Fraction(25)
    with open_output(path, size=(64, 64), fps=fps) as output:
        for k in range(12):
            output.write(np.full((64, 64, 3), 20 * k, np.uint8))
    if kind == "frames":
        target = tmp_path / "frames.zip"
        zip_frames(tmp_path / "frames", target)
    shown = {".mp4": "video", ".webm": "video", "frames": "none"}.get(kind, "image")
    return MadeVideo(
        file=target, shown=shown, frames=12, fps=fps, size=(64, 64), seconds_elapsed=1.0
    )


def test_each_frame_can_be_looked_at_in_any_order(made):
    for frame in (11, 0, 5, 6, 5):
        assert abs(grey(frame_picture(made, frame)) - 20 * frame) <= 3


def test_a_number_beyond_the_ends_is_the_end(made):
    assert abs(grey(frame_picture(made, 99)) - 220) <= 3
    assert abs(grey(frame_picture(made, -1)) - 0) <= 3


def test_all_frames_come_as_png(made, tmp_path):
    with zipfile.ZipFile(zip_of(made)) as archive:
        names = sorted(archive.namelist())
        assert len(names) == 12
        archive.extractall(tmp_path / "out")
    assert [abs(grey(tmp_path / "out" / name) - 20 * k) <= 3 for k, name in enumerate(names)]
    assert zip_of(made) == zip_of(made)
    assert not list(made.file.parent.glob("*.part"))


def test_a_file_that_has_gone_is_one_sentence(made):
    gone = replace(made, file=made.file.parent / f"gone{made.file.suffix}")
    if made.frame_folder is None:
        with pytest.raises(InputError, match="frame 3 cannot be read any more"):
            frame_picture(gone, 3)


def test_the_photos_beside_a_frame(tmp_path):
    one, two, three = (tmp_path / name for name in ("1", "2", "3"))
    made = MadeVideo(
        file=tmp_path / "a.mp4",
        shown="video",
        frames=12,
        fps=Fraction(25),
        size=(1, 1),
        seconds_elapsed=0,
        photos=(one, two, three),
        photo_frames=(0, 4, 8),
    )
    assert made.neighbours(0) == (one, one)
    assert made.neighbours(2) == (one, two)
    assert made.neighbours(4) == (two, two)
    assert made.neighbours(7) == (two, three)
    assert made.neighbours(10) == (three, one)
    assert replace(made, photos=()).neighbours(3) is None


def test_a_small_picture_fits_a_screen(tmp_path):
    save_small(Image.new("RGB", (4000, 100)), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.size == (1600, 40)
