import pytest

from evaluation_material import write_middlebury, write_snufilm, write_ucf, write_vimeo
from filmnet.errors import InputError
from filmnet.evaluation.distributed import (
    find_middlebury,
    find_snufilm,
    find_ucf101,
    find_vimeo90k,
)


def names(triplet):
    return tuple(path.name for path in triplet)


def test_vimeo_triplets_are_the_lists_in_its_order(tmp_path):
    found = find_vimeo90k(write_vimeo(tmp_path))
    assert list(found) == ["00001/0002", "00002/0001"]
    assert {names(triplet) for triplet in found.values()} == {("im1.png", "im2.png", "im3.png")}


def test_ucf101_triplets_come_by_number(tmp_path):
    assert list(find_ucf101(write_ucf(tmp_path))) == ["1", "2", "10"]


def test_middleburys_truth_lies_in_a_folder_of_its_own(tmp_path):
    triplet = find_middlebury(write_middlebury(tmp_path))["Beanbags"]
    assert names(triplet) == ("frame10.png", "frame10i11.png", "frame11.png")
    assert triplet.truth.parents[1].name == "other-gt-interp"
    assert triplet.image0.parents[1].name == triplet.image1.parents[1].name == "other-data"


def test_snufilm_paths_are_found_below_the_folder(tmp_path):
    (triplet,) = find_snufilm(write_snufilm(tmp_path), "easy").values()
    assert all(path.is_file() for path in triplet)


def test_another_layout_is_none_of_these(tmp_path):
    finders = (find_vimeo90k, find_ucf101, find_middlebury)
    assert [find(tmp_path) for find in finders] == [None] * 3
    assert find_snufilm(tmp_path, "hard") is None


def test_a_list_of_nothing_is_an_error(tmp_path):
    (tmp_path / "tri_testlist.txt").write_text("\n")
    with pytest.raises(InputError, match=r"tri_testlist\.txt: names no triplets"):
        find_vimeo90k(tmp_path)
