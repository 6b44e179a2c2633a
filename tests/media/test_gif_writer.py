from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from filmnet.media.gif_writer import GifWriter


def written(path, pictures, fps=30):
    height, width = pictures[0].shape[:2]
    writer = GifWriter(path, options={"loop": "0"}, size=(width, height), fps=Fraction(fps))
    for picture in pictures:
        writer.write(picture)
    writer.close()
    frames, durations = [], []
    with Image.open(path) as image:
        for i in range(image.n_frames):
            image.seek(i)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(image.info["duration"])
        return frames, durations, image.info.get("loop")


def test_frames_look_like_what_was_written(tmp_path, smooth):
    pictures = [smooth(height=48, shift=i) for i in range(5)]
    frames, _, _ = written(tmp_path / "a.gif", pictures)
    assert len(frames) == 5
    for frame, picture in zip(frames, pictures, strict=True):
        # 256 colours, dithered: single pixels are off, averages hardly.
        difference = frame.astype(int) - picture
        assert np.abs(difference.mean(axis=(0, 1))).max() < 5
        assert np.abs(difference).mean() < 15


def test_few_colours_are_kept_exactly(tmp_path):
    pictures = [np.full((8, 8, 3), (200, 30 * i, 77), np.uint8) for i in range(4)]
    frames, _, _ = written(tmp_path / "a.gif", pictures)
    for frame, picture in zip(frames, pictures, strict=True):
        assert np.abs(frame.astype(int) - picture).max() <= 1


def test_what_stands_still_does_not_flicker(tmp_path, smooth):
    pictures = [smooth() for _ in range(4)]
    for i, picture in enumerate(pictures):
        picture[:8, 8 * i : 8 * i + 8] = 255
    frames, _, _ = written(tmp_path / "a.gif", pictures)
    assert np.array_equal(frames[0][20:], frames[3][20:])


def test_it_lasts_as_long_as_it_should_and_plays_for_ever(tmp_path, smooth):
    _, durations, loop = written(tmp_path / "a.gif", [smooth(shift=i) for i in range(30)])
    assert sum(durations) == pytest.approx(1000, abs=10)
    assert loop == 0


def test_16_bit_pictures_are_taken(tmp_path, smooth):
    frames, _, _ = written(tmp_path / "a.gif", [smooth(dtype=np.uint16)])
    assert np.abs(frames[0].astype(int) - smooth()).mean() < 15


def test_stopping_leaves_nothing_but_the_file_itself(tmp_path, smooth):
    writer = GifWriter(tmp_path / "a.gif", options={}, size=(64, 64), fps=Fraction(30))
    writer.write(smooth())
    writer.abort()
    assert {path.name for path in tmp_path.iterdir()} <= {"a.gif"}
