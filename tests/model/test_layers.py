from __future__ import annotations

import torch

from filmnet.model.layers import Conv, Head, LeakyConv


def test_an_even_kernel_sees_right_and_below_as_tensorflow_does() -> None:
    conv = Conv(1, 1, 2)
    conv.weight.data = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
    image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    assert conv(image).flatten().tolist() == [4321.0, 402.0, 43.0, 4.0]


def test_biases_start_at_zero_and_kernels_within_glorots_bound() -> None:
    conv = Conv(8, 16, 3)
    bound = (6 / (9 * (8 + 16))) ** 0.5
    assert not conv.bias.any()
    assert 0.9 * bound < float(conv.weight.detach().abs().max()) <= bound


def test_leaky_slope_is_a_fifth() -> None:
    conv = LeakyConv(1, 1, 1)
    conv.weight.data.fill_(1)
    assert torch.allclose(conv(torch.tensor([[[[-5.0]]]])), torch.tensor(-1.0))


def test_a_head_computes_in_float32_under_autocast() -> None:
    head = Head(1, 1)
    head.weight.data.fill_(1)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert float(head(torch.tensor([[[[1.001]]]]))) == float(torch.tensor(1.001))
