import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.evaluation.samples import average, find_triplets, read_sample
from material import texture, write_photo, write_triplets


def grey(level, dtype=np.uint8):
    return np.full((8, 8, 3), level, dtype=dtype)


def write_grey(folder, levels, dtype=np.uint8):
    for i, level in enumerate(levels):
        write_photo(folder / f"frame{i}.png", grey(level, dtype))


@pytest.mark.parametrize(
    "names",
    [
        ("frame10.png", "frame10i11.png", "frame11.png"),
        ("frame_00.png", "frame_01_gt.png", "frame_02.png"),
        ("im1.png", "im2.png", "im3.png"),
        ("9.png", "10.png", "11.png"),
    ],
)
def test_the_middle_picture_by_name_is_the_truth(tmp_path, names):
    for name in reversed(names):
        write_photo(tmp_path / "one" / name, texture(4, 4))
    (triplet,) = find_triplets(tmp_path)
    assert (triplet.image0.name, triplet.truth.name, triplet.image1.name) == names


def test_triplets_come_by_name_and_hidden_folders_do_not_count(tmp_path):
    write_triplets(tmp_path, 3)
    (tmp_path / ".cache").mkdir()
    (tmp_path / "readme.txt").touch()
    assert [t.truth.parent.name for t in find_triplets(tmp_path)] == [
        "triplet0",
        "triplet1",
        "triplet2",
    ]


def test_the_average_is_rounded_not_cut_off():
    assert average(grey(0), grey(3))[0, 0, 0] == 2
    halves = [average(grey(level), grey(level + 1))[0, 0, 0] for level in range(4)]
    assert halves == [0, 2, 2, 4]
    assert average(grey(250), grey(255)).dtype == np.uint8
    assert average(grey(65535, np.uint16), grey(65533, np.uint16))[0, 0, 0] == 65534


def test_what_is_no_set_of_triplets_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none: no such folder of triplets"):
        find_triplets(tmp_path / "none")
    with pytest.raises(InputError, match=r"no folders in it; each triplet is a folder"):
        find_triplets(tmp_path)
    write_grey(tmp_path / "one", (1, 2))
    with pytest.raises(InputError, match=r"one: 2 pictures; a triplet has three"):
        find_triplets(tmp_path)


def test_a_sample_holds_the_pictures_in_time_order(tmp_path):
    write_grey(tmp_path / "one", (10, 20, 30))
    sample = read_sample("one", find_triplets(tmp_path)[0])
    assert sample.name == "one"
    levels = [picture[0, 0, 0] for picture in (sample.image0, sample.truth, sample.image1)]
    assert levels == [10, 20, 30]
