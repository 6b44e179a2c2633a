import pytest
import torch
from torch import nn

from filmnet.training.ema import ExponentialMovingAverage


def weight(value):
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, value)
    return model


def test_an_update_keeps_decay_and_takes_the_rest():
    average = ExponentialMovingAverage(weight(1.0), 0.9)
    average.update(weight(3.0), step=10_000)
    assert average.model.weight.item() == pytest.approx(0.9 * 1 + 0.1 * 3)


def test_a_constant_network_is_its_own_average():
    average = ExponentialMovingAverage(weight(2.0), 0.99)
    for step in range(50):
        average.update(weight(2.0), step)
    assert average.model.weight.item() == pytest.approx(2.0)


def test_the_random_start_is_forgotten_soon():
    average = ExponentialMovingAverage(weight(100.0), 0.999)
    for step in range(100):
        average.update(weight(1.0), step)
    assert average.model.weight.item() == pytest.approx(1.0, abs=1e-3)


def test_the_network_itself_is_left_alone():
    model = weight(3.0)
    average = ExponentialMovingAverage(model, 0.5)
    average.update(model, step=0)
    assert model.weight.item() == 3.0
    assert model.weight.requires_grad
    assert not average.model.weight.requires_grad
    assert average.model.weight.data_ptr() != model.weight.data_ptr()
    assert torch.is_grad_enabled()
