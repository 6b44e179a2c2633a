from pathlib import Path

import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.evaluation.backbones import AlexNet, Vgg16, load_kernels, take
from seeded_backbones import alexnet_kernels

FILE = Path("file.pth")


def plain(network):
    """Kernels that make finite features."""
    for parameter in network.parameters():
        parameter.data.fill_(1e-3)
    return network


def test_alexnet_gives_its_five_features():
    shapes = [tuple(f.shape) for f in plain(AlexNet())(torch.ones(2, 3, 63, 63))]
    assert shapes == [
        (2, 64, 15, 15), (2, 192, 7, 7), (2, 384, 3, 3), (2, 256, 3, 3), (2, 256, 3, 3),
    ]  # fmt: skip


def test_vgg16_halves_between_its_five_blocks():
    shapes = [tuple(f.shape) for f in plain(Vgg16())(torch.ones(1, 3, 16, 20))]
    assert shapes == [
        (1, 64, 16, 20), (1, 128, 8, 10), (1, 256, 4, 5), (1, 512, 2, 3), (1, 512, 1, 2),
    ]  # fmt: skip


def test_l2_pooling_keeps_a_constant_inside():
    pooled = Vgg16()._pool(torch.full((1, 2, 8, 8), 3.0))
    assert pooled[..., 1:, 1:] == pytest.approx(3.0, rel=1e-5)


def test_kernels_are_those_of_the_file():
    network, kernels = AlexNet(), alexnet_kernels()
    load_kernels(network.convs, kernels, FILE)
    assert torch.equal(network.convs["3"].weight, kernels["features.3.weight"])


def test_a_tensor_that_is_missing_or_of_another_shape_is_named():
    with pytest.raises(WeightsError, match=r"file\.pth: a is missing, expected \(2,\)"):
        take({}, "a", (2,), FILE)
    with pytest.raises(WeightsError, match=r"file\.pth: a has the shape \(3,\), expected \(2,\)"):
        take({"a": torch.zeros(3)}, "a", (2,), FILE)
