import cv2
import numpy as np
import pytest

from filmnet.media.frames_writer import FramesWriter


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("frames", "first", "last"),
    [
        (1, "frame_0.png", "frame_0.png"),
        (10, "frame_0.png", "frame_9.png"),
        (11, "frame_00.png", "frame_10.png"),
        (101, "frame_000.png", "frame_100.png"),
    ],
)
def test_names_have_as_many_digits_as_needed(tmp_path, noise, frames, first, last):
    writer = FramesWriter(tmp_path / "out")
    for _ in range(frames):
        writer.write(noise(2, 2))
    writer.close()
    found = names(tmp_path / "out")
    assert (len(found), found[0], found[-1]) == (frames, first, last)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pictures_are_kept_bit_by_bit(tmp_path, noise, dtype):
    writer = FramesWriter(tmp_path / "out")
    writer.write(noise(dtype=dtype))
    writer.close()
    read = cv2.imread(str(tmp_path / "out" / "frame_0.png"), cv2.IMREAD_UNCHANGED)
    assert read.dtype == dtype
    assert np.array_equal(read[..., ::-1], noise(dtype=dtype))
