import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.evaluation.samples import average
from filmnet.evaluation.triplets import evaluate_triplets
from material import texture, write_photo, write_triplets


def grey(level, dtype=np.uint8):
    return np.full((8, 8, 3), level, dtype=dtype)


def write_grey(folder, levels, dtype=np.uint8):
    for i, level in enumerate(levels):
        write_photo(folder / f"frame{i}.png", grey(level, dtype))


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


def test_pictures_that_differ_in_size_are_named(tmp_path):
    write_grey(tmp_path / "one", (1, 2, 3))
    write_photo(tmp_path / "one" / "frame1.png", texture(8, 9))
    with pytest.raises(InputError, match=r"frame1\.png: 9x8 uint8 differs from frame0\.png, 8x8"):
        evaluate_triplets(average, tmp_path)
