import pytest
import torch

from filmnet.model import FilmOutput
from filmnet.training.data import Sample
from filmnet.training.losses import flow_loss, l1_loss, total_loss
from filmnet.training.recipe import LossWeights


def sample(known=1.0):
    """Two triplets, all black, that move by (3, 4)."""
    black = torch.zeros(2, 3, 8, 8)
    flow = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1).expand(2, 2, 8, 8)
    half = torch.full((2,), 0.5)
    return Sample(black, black, black, half, flow, -flow, torch.full((2,), known))


def output(image=0.0, warped0=0.0, warped1=0.0):
    """Grey pictures, and no flow."""
    still = [torch.zeros(2, 2, 8 >> level, 8 >> level) for level in range(3)]
    return FilmOutput(
        image=torch.full((2, 3, 8, 8), image),
        flow_01=still,
        flow_10=still,
        image0_warped=torch.full((2, 3, 8, 8), warped0),
        image1_warped=torch.full((2, 3, 8, 8), warped1),
    )


def pyramid(dx, dy, levels=3):
    flow = torch.tensor([dx, dy]).reshape(1, 2, 1, 1)
    return [(flow / 2**i).expand(2, 2, 8 >> i, 8 >> i) for i in range(levels)]


def test_l1_is_the_mean_absolute_difference():
    made = torch.tensor([0.0, 0.5, 1.0, 0.25]).reshape(1, 1, 2, 2)
    assert l1_loss(made, torch.zeros(1, 1, 2, 2)).item() == pytest.approx(0.4375)


def test_exact_flow_costs_nothing():
    known = torch.ones(2)
    assert flow_loss(pyramid(3.0, 4.0), sample().flow_01, known).item() < 2e-3  # rounded off at 0


def test_flow_costs_its_end_point_error_in_pixels_of_each_level():
    still = [torch.zeros_like(flow) for flow in pyramid(3.0, 4.0)]
    error = flow_loss(still, sample().flow_01, torch.ones(2)).item()
    assert error == pytest.approx((5 + 2.5 + 1.25) / 3, rel=1e-4)


def test_samples_without_known_flow_do_not_count():
    still = [torch.zeros_like(flow) for flow in pyramid(3.0, 4.0)]
    half_known = flow_loss(still, sample().flow_01, torch.tensor([1.0, 0.0])).item()
    assert half_known == pytest.approx((5 + 2.5 + 1.25) / 3, rel=1e-4)
    assert flow_loss(still, sample().flow_01, torch.zeros(2)).item() == 0


def test_the_total_is_the_weighted_sum():
    weights = LossWeights(l1=2.0, flow=0.1, warped=0.5, guide_steps=10)
    loss = total_loss(output(0.25, 0.5, 0.75), sample(), weights, step=0).item()
    flow = 2 * (5 + 2.5 + 1.25) / 3
    assert loss == pytest.approx(2 * 0.25 + 0.1 * flow + 0.5 * (0.5 + 0.75), rel=1e-4)


def test_the_guide_fades_and_the_picture_stays():
    weights = LossWeights(flow=0.1, warped=0.5, guide_steps=10)
    losses = [
        total_loss(output(0.25, 0.5, 0.75), sample(), weights, step).item()
        for step in (0, 5, 10, 99)
    ]
    assert losses[1] - 0.25 == pytest.approx((losses[0] - 0.25) / 2, rel=1e-4)
    assert losses[2:] == [0.25, 0.25]
