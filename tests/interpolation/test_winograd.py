from __future__ import annotations

import pytest
import torch

from block_pictures import KINDS, decibels, picture
from filmnet.interpolation.winograd import WinogradConv
from filmnet.model.layers import LeakyConv


@pytest.fixture(scope="module")
def conv() -> LeakyConv:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = LeakyConv(64, 128, 3).requires_grad_(False)
        layer.bias.normal_()
    return layer


@pytest.mark.parametrize("kind", KINDS)
def test_fewer_multiplications_give_the_plain_convolution(kind: str, conv: LeakyConv) -> None:
    x = picture(kind, 64, 30, 41)
    # Measured: 110 dB and more; promised: 60.
    assert decibels(WinogradConv(conv)([x]), conv(x)) > 100


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 4), (4, 9), (65, 100)])
def test_any_size_has_its_borders_right(height: int, width: int, conv: LeakyConv) -> None:
    x = picture("noise", 64, height, width)
    made = WinogradConv(conv)([x])
    assert made.shape == (2, 128, height, width)
    assert made.is_contiguous(memory_format=torch.channels_last)
    # Values around 1 of sums of 576 products: 1e-6 each way.
    torch.testing.assert_close(made, conv(x), atol=2e-5, rtol=0)


def test_parts_need_not_be_joined(conv: LeakyConv) -> None:
    x = picture("noise", 64, 12, 20)
    assert torch.equal(WinogradConv(conv)(x.split([3, 60, 1], dim=1)), WinogradConv(conv)([x]))


def test_narrow_layers_small_pictures_and_16_bits_stay_plain() -> None:
    assert WinogradConv.suits(LeakyConv(64, 128, 3))
    assert not WinogradConv.suits(LeakyConv(64, 64, 3))
    assert not WinogradConv.suits(LeakyConv(256, 32, 3))
    assert not WinogradConv.suits(LeakyConv(128, 128, 1))
    assert not WinogradConv.suits(LeakyConv(128, 128, 3).bfloat16())
    assert WinogradConv.suits_size(90, 160)
    assert not WinogradConv.suits_size(10, 20)
