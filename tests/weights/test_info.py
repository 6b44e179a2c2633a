import pytest
import torch

from filmnet.model import FilmConfig
from filmnet.weights import LoadedWeights, Padding, WeightsInfo


def test_padding_defaults_to_the_published_rule():
    assert Padding() == Padding(multiple=64, mode="zeros")


@pytest.mark.parametrize("values", [{"multiple": 0}, {"mode": "reflect"}])
def test_padding_refuses_what_no_code_does(values):
    with pytest.raises(ValueError, match="padding"):
        Padding(**values)


def test_times_other_than_midpoint_or_any_are_refused():
    with pytest.raises(ValueError, match="times 'sometimes'"):
        WeightsInfo(name="x", config=FilmConfig(), times="sometimes")


def test_parameters_counts_every_number():
    loaded = LoadedWeights(
        state_dict={"a": torch.zeros(2, 3), "b": torch.zeros(4)},
        info=WeightsInfo(name="x", config=FilmConfig()),
    )
    assert loaded.parameters == 10
