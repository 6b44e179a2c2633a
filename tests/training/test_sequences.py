import numpy as np
import pytest

from filmnet.errors import RecipeError
from filmnet.training.sequences import find_sequences, read_frame, walk
from material import sliding, write_photo, write_sequence


def test_folders_are_walked_parents_first_in_natural_order_and_not_too_deep(tmp_path):
    for name in ("b10", "b2", "a/b/c/d/e", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    walked = [content.folder.relative_to(tmp_path).as_posix() for content in walk(tmp_path)]
    assert walked == [".", "a", "a/b", "a/b/c", "a/b/c/d", "b2", "b10"]


def test_frames_come_in_natural_order_whatever_their_extension(tmp_path):
    frames = sliding(3, size=16)
    for name, frame in zip(("f2.PNG", "f10.png", "f11.bmp"), frames, strict=True):
        write_photo(tmp_path / name, frame)
    found = find_sequences(tmp_path).sequences
    assert found.pictures == (("f2.PNG", "f10.png", "f11.bmp"),)
    for number, frame in enumerate(frames):
        assert np.array_equal(read_frame(found, 0, number), frame)


def test_folders_with_the_same_names_in_them_share_these(tmp_path):
    for name in ("a", "b"):
        write_sequence(tmp_path / name, sliding(3, size=16))
    found = find_sequences(tmp_path).sequences
    assert found.pictures[0] is found.pictures[1]


def test_a_sequence_can_be_left_out_by_name(tmp_path):
    for name in ("a", "b", "c"):
        write_sequence(tmp_path / name, sliding(3, size=16))
    assert find_sequences(tmp_path).sequences.without({"b", "none"}).folders == ("a", "c")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"im2\.png: no picture"),
        (b"GIF-less text", r"im2\.png: no picture"),
        (b"\x89PNG\r\n\x1a\n", r"im2\.png: damaged or cut short"),
    ],
)
def test_a_broken_picture_is_named(tmp_path, content, message):
    write_sequence(tmp_path, sliding(3, size=16))
    (tmp_path / "im2.png").write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        read_frame(find_sequences(tmp_path).sequences, 0, 1)


def test_a_picture_cut_short_is_named(tmp_path):
    write_sequence(tmp_path, sliding(3, size=32))
    data = (tmp_path / "im3.png").read_bytes()
    (tmp_path / "im3.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(RecipeError, match=r"im3\.png: damaged or cut short"):
        read_frame(find_sequences(tmp_path).sequences, 0, 2)
