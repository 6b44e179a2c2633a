import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.evaluation.kinds import Kind, Protocol
from filmnet.evaluation.methods import by_average
from filmnet.evaluation.panel import PSNR, Measure
from filmnet.evaluation.scoring import score_set
from filmnet.evaluation.sets import find_sets
from material import write_photo, write_triplets

COMMUNITY = Protocol.community


def scores(folder, measures=(PSNR,), **options):
    (found,) = find_sets(Kind.triplets, [folder], COMMUNITY)
    return score_set(found, by_average(COMMUNITY), measures, COMMUNITY, **options)


def test_the_mean_is_that_of_the_triplets_values(tmp_path):
    result = scores(write_triplets(tmp_path / "set", 3))
    values = [value.measured["psnr"] for value in result.values]
    assert result.mean("psnr") == pytest.approx(np.mean(values))
    assert result.average_psnr == pytest.approx(result.mean("psnr"))  # the method is the average


def test_sets_are_told_apart_by_their_pixels(tmp_path):
    same, again = (scores(write_triplets(tmp_path / name)).sha256 for name in ("a", "b"))
    write_photo(tmp_path / "b" / "triplet0" / "frame1.png", np.zeros((32, 32, 3), np.uint8))
    assert same == again != scores(tmp_path / "b").sha256


def test_a_watcher_sees_each_triplet_as_it_passes(tmp_path):
    seen = []

    class Watcher:
        def see(self, sample, made, values):
            seen.append((sample.name, tuple(made.shape), values.name))

    scores(write_triplets(tmp_path / "set", 2), watcher=Watcher())
    assert seen == [(f"triplet{i}", (1, 3, 32, 32), f"triplet{i}") for i in range(2)]


def test_pictures_that_a_measure_refuses_are_named(tmp_path):
    def refuse(frames):
        raise ValueError("too dark")

    measure = Measure(name="m", label="m", aim="high", digits=1, definition="", of=refuse)
    with pytest.raises(InputError, match=r"^triplet0: too dark$"):
        scores(write_triplets(tmp_path / "set", 1), [measure])
