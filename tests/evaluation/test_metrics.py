import math

import pytest
import torch

from filmnet.evaluation.metrics import psnr


def test_a_constant_error_has_its_textbook_value():
    truth = torch.full((2, 3, 4, 5), 0.5)
    made = truth.clone()
    made[0] += 0.1
    made[1] -= 0.01
    assert psnr(made, truth).tolist() == pytest.approx([20.0, 40.0], abs=1e-3)  # float32 squares


def test_equal_pictures_are_infinitely_close():
    truth = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert math.isinf(psnr(truth, truth))


def test_order_does_not_matter_and_half_precision_is_widened():
    a, b = torch.rand(2, 1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(psnr(a, b), psnr(b, a))
    assert psnr(a.bfloat16(), b).dtype == torch.float32
