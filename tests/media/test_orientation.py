import numpy as np
import pytest

from filmnet.media.orientation import Orientation, orientation_of
from filmnet.media.video_reader import VideoReader
from media.video_files import write_video

PICTURE = np.arange(6).reshape(2, 3, 1)


def test_turns_are_clockwise_and_come_after_the_mirror():
    assert Orientation(90).apply(PICTURE)[..., 0].tolist() == [[3, 0], [4, 1], [5, 2]]
    assert Orientation(180).apply(PICTURE)[..., 0].tolist() == [[5, 4, 3], [2, 1, 0]]
    assert Orientation(270).apply(PICTURE)[..., 0].tolist() == [[2, 5], [1, 4], [0, 3]]
    assert Orientation(0, True).apply(PICTURE)[..., 0].tolist() == [[2, 1, 0], [5, 4, 3]]
    assert Orientation(90, True).apply(PICTURE)[..., 0].tolist() == [[5, 2], [4, 1], [3, 0]]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_turned_video_is_read_upright(tmp_path, degrees, name):
    # FFmpeg counts counterclockwise
    plain = write_video(tmp_path / "plain.mp4", 2)
    path = write_video(tmp_path / name, 2, rotation=-degrees)
    with VideoReader(plain) as reader:
        coded = next(reader).pixels
    with VideoReader(path) as reader:
        assert (reader.info.rotation, reader.info.is_mirrored) == (degrees, False)
        turned = next(reader).pixels
    assert reader.info.size == (turned.shape[1], turned.shape[0])
    assert np.array_equal(turned, np.rot90(coded, -degrees // 90))


@pytest.mark.parametrize("degrees", [0, 90])
def test_a_mirrored_video_is_read_as_it_is_shown(tmp_path, degrees):
    plain = write_video(tmp_path / "plain.mp4", 2)
    path = write_video(tmp_path / "a.mp4", 2, rotation=-degrees, mirrored=True)
    with VideoReader(plain) as reader:
        coded = next(reader).pixels
    with VideoReader(path) as reader:
        assert reader.info.is_mirrored
        turned = next(reader).pixels
    expected = {0: coded[:, ::-1], 90: np.rot90(coded, -1)[:, ::-1]}[degrees]
    assert np.array_equal(turned, expected)


def test_a_frame_without_a_matrix_stands_as_it_is(tmp_path):
    with VideoReader(write_video(tmp_path / "a.mp4", 1)) as reader:
        assert Orientation(reader.info.rotation, reader.info.is_mirrored) == Orientation()
    assert callable(orientation_of)
