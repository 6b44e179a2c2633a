import numpy as np
import pytest
import torch

from filmnet.model import Film
from filmnet.training.optimizer import make_optimizer, prepare_step
from filmnet.training.recipe import Optimization
from material import TINY_MODEL

KERAS = Optimization(
    optimizer="keras-adam", epsilon=1e-2, learning_rate=0.1, schedule="staircase", warmup_steps=0,
    weight_decay=0.0, fusion_rate=2.0,
)  # fmt: skip


def keras_adam(gradients, config):
    """The sum of a weight's changes, as Keras' documentation of Adam writes them."""
    beta1, beta2 = config.betas
    m = v = weight = 0.0
    for step, gradient in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        rate = config.learning_rate * np.sqrt(1 - beta2**step) / (1 - beta1**step)
        weight -= rate * m / (np.sqrt(v) + config.epsilon)
    return weight


def changes(config, gradients):
    """How much a weight of the flow and one of fusion change with the same gradients."""
    model = Film(TINY_MODEL)
    weights = model.flow.predictors[0].head.bias, model.fusion.head.bias
    before = [float(weight.detach()[0]) for weight in weights]
    optimizer = make_optimizer(model, config)
    for step, gradient in enumerate(gradients):
        prepare_step(optimizer.param_groups, config, step=step, steps=len(gradients))
        for weight in model.parameters():
            weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
    return [float(weight.detach()[0]) - old for weight, old in zip(weights, before, strict=True)]


def test_keras_adam_adds_epsilon_before_the_bias_correction():
    gradients = [0.03, -0.01, 0.02]
    motion, fusion = changes(KERAS, gradients)
    assert motion == pytest.approx(keras_adam(gradients, KERAS), rel=1e-4)  # float32
    assert fusion == pytest.approx(2 * motion, rel=1e-4)


def test_the_two_ways_to_add_epsilon_differ_at_the_start():
    other = Optimization(
        learning_rate=0.1, epsilon=1e-2, schedule="staircase", warmup_steps=0, weight_decay=0.0
    )
    assert abs(changes(other, [0.03])[0]) > 2 * abs(changes(KERAS, [0.03])[0])


def test_each_step_has_the_rate_of_its_number_and_fusion_its_multiple_of_it():
    stairs = Optimization(schedule="staircase", decay_steps=10, warmup_steps=0, fusion_rate=0.5)
    groups = make_optimizer(Film(TINY_MODEL), stairs).param_groups
    for step, rate in ((9, 6e-4), (10, 6e-4 * 0.464158)):
        prepare_step(groups, stairs, step=step, steps=20)
        assert [group["lr"] for group in groups] == pytest.approx([rate, 0.5 * rate])


def test_adamw_shrinks_weights_as_asked():
    config = Optimization(learning_rate=0.1, warmup_steps=0, weight_decay=0.5, schedule="staircase")
    model = Film(TINY_MODEL)
    before = model.fusion.head.weight.detach().clone()
    optimizer = make_optimizer(model, config)
    prepare_step(optimizer.param_groups, config, step=0, steps=1)
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    assert torch.allclose(model.fusion.head.weight, before * (1 - 0.1 * 0.5))
