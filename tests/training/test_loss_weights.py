import pytest

from filmnet.training.loss_weights import LossWeights


def test_each_weight_holds_from_its_step_on():
    weights = LossWeights(vgg=((0, 1.0), (10, 0.25), (20, 0.5)))
    assert [weights.at(step).vgg for step in (0, 9, 10, 19, 20, 1000)] == [
        1,
        1,
        0.25,
        0.25,
        0.5,
        0.5,
    ]


def test_without_settings_only_the_picture_counts():
    assert LossWeights().at(7) == (1.0, 0.0, 0.0, 0.0, 0.0)


def test_the_guide_fades_evenly_to_nothing():
    weights = LossWeights(flow=0.2, warped=1.0, guide_steps=10)
    assert [weights.at(step).flow for step in (0, 5, 10, 99)] == pytest.approx([0.2, 0.1, 0, 0])
    assert weights.at(5).warped == pytest.approx(0.5)


def test_vgg_is_needed_if_it_counts_at_any_step():
    assert not LossWeights().need_vgg
    assert LossWeights(vgg=((0, 1.0), (5, 0.0))).need_vgg
    assert LossWeights(style=((0, 0.0), (5, 40.0))).need_vgg


def test_a_change_is_noticed_at_its_step_alone():
    weights = LossWeights(style=((0, 0.0), (5, 40.0)))
    assert [step for step in range(10) if weights.changes(step)] == [5]
