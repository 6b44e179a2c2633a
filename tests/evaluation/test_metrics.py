import math

import pytest
import torch

from filmnet.evaluation.metrics import (
    flicker,
    gradient_energy,
    gradient_ratio,
    psnr,
    ssim,
    ssim_matlab,
)
from reference import reference_array
from seeded_backbones import reference_pair


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


PUBLISHED = {
    psnr: ([22.296913146972656, 22.335830688476562], 11.770166397094727, 1e-3),
    ssim: ([0.9641186594963074, 0.9638204574584961], 0.019893234595656395, 1e-4),
    ssim_matlab: ([0.9649485349655151, 0.9648245573043823], -0.00923142209649086, 1e-4),
}
"""The published figures for the seeded pair and for the network's inputs, and the tolerance."""


@pytest.mark.parametrize("metric", PUBLISHED)
def test_metrics_equal_the_published_ones(metric):
    seeded, inputs, tolerance = PUBLISHED[metric]
    assert metric(*reference_pair()).tolist() == pytest.approx(seeded, abs=tolerance)
    io = [reference_array("film_tiny_io.npz", name) for name in ("image0", "image1")]
    assert metric(*io).tolist() == pytest.approx([inputs], abs=tolerance)


@pytest.mark.parametrize("metric", [ssim, ssim_matlab])
def test_similarity_is_one_for_equal_pictures_and_symmetric(metric):
    a, b = reference_pair()
    assert metric(a, a).tolist() == pytest.approx([1, 1], abs=1e-6)
    assert torch.allclose(metric(a, b), metric(b, a), atol=1e-6)


def test_ssim_needs_its_window_and_ssim_matlab_does_not():
    a = torch.rand(1, 3, 10, 30, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=r"30x10 is too small for SSIM, which needs 11 pixels"):
        ssim(a, a)
    assert ssim_matlab(a, a).tolist() == pytest.approx([1], abs=1e-6)


def test_flicker_by_hand():
    before, truth, made, after = (
        torch.full((1, 3, 2, 2), level / 255) for level in (10.0, 20.0, 26.0, 30.0)
    )
    # True steps +10, +10; made ones +16, +4: both 6 off.
    assert flicker(before, made, truth, after).item() == pytest.approx(6, abs=1e-4)
    half = made.clone()
    half[..., 0] = truth[..., 0]
    assert flicker(before, half, truth, after).item() == pytest.approx(3, abs=1e-4)


def test_no_flicker_in_true_frames():
    before, truth, after = torch.rand(3, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert flicker(before, truth, truth, after).item() == 0


def test_gradient_energy_falls_with_contrast_squared():
    truth = torch.rand(1, 3, 6, 7, generator=torch.Generator().manual_seed(0))
    assert gradient_ratio(truth / 2, truth).item() == pytest.approx(0.25, abs=1e-5)
    assert gradient_ratio(truth, truth).item() == 1


def test_gradient_energy_by_hand_and_of_flat_pictures():
    ramp = torch.arange(4.0).expand(1, 3, 5, 4)
    assert gradient_energy(ramp).item() == 1
    flat = torch.zeros(1, 3, 5, 4)
    assert gradient_ratio(flat, flat).item() == 1
    assert math.isinf(gradient_ratio(ramp, flat).item())
