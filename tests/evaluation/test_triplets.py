import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.evaluation.triplets import average, evaluate_triplets, find_triplets
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


def test_the_score_is_the_mean_over_triplets(tmp_path):
    write_grey(tmp_path / "set" / "one", (100, 110, 120))
    write_grey(tmp_path / "set" / "two", (100, 130, 120))
    made = iter([grey(111), grey(120)])
    score = evaluate_triplets(lambda *_: next(made), tmp_path / "set")
    error1, error10 = (20 * np.log10(255 / error) for error in (1, 10))
    assert (score.name, score.triplets) == ("set", 2)
    assert score.psnr == pytest.approx((error1 + error10) / 2, abs=1e-3)
    assert np.isinf(score.average_psnr)  # the first one's truth is the average itself


def test_the_method_gets_the_two_inputs_in_order(tmp_path):
    write_grey(tmp_path / "one", (10, 20, 40))
    seen = []

    def midpoint(image0, image1):
        seen.append((int(image0[0, 0, 0]), int(image1[0, 0, 0])))
        return image0

    score = evaluate_triplets(midpoint, tmp_path)
    assert seen == [(10, 40)]
    assert score.psnr == pytest.approx(20 * np.log10(255 / 10), abs=1e-3)
    assert score.average_psnr == pytest.approx(20 * np.log10(255 / 5), abs=1e-3)


def test_progress_counts_triplets(tmp_path):
    told = []
    evaluate_triplets(average, write_triplets(tmp_path, 3), lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]


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


def test_pictures_that_differ_in_size_are_named(tmp_path):
    write_grey(tmp_path / "one", (1, 2, 3))
    write_photo(tmp_path / "one" / "frame1.png", texture(8, 9))
    with pytest.raises(InputError, match=r"frame1\.png: 9x8 uint8 differs from frame0\.png, 8x8"):
        evaluate_triplets(average, tmp_path)
