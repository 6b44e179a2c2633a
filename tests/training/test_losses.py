import json
from dataclasses import replace

import pytest
import torch

from filmnet.model import FilmOutput
from filmnet.training.data import Sample
from filmnet.training.loss_weights import StepWeights
from filmnet.training.losses import flow_loss, l1_loss, measure_losses, perceptual_losses
from reference import REFERENCE, reference_array
from seeded_vgg import seeded_vgg


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
    weights = StepWeights(l1=2.0, vgg=0.0, style=0.0, flow=0.1, warped=0.5)
    losses = measure_losses(output(0.25, 0.5, 0.75), sample(), weights)
    flow = 2 * (5 + 2.5 + 1.25) / 3
    assert losses.l1.item() == pytest.approx(0.25)
    assert losses.flow.item() == pytest.approx(flow, rel=1e-4)
    assert losses.warped.item() == pytest.approx(0.5 + 0.75)
    assert losses.total.item() == pytest.approx(2 * 0.25 + 0.1 * flow + 0.5 * 1.25, rel=1e-4)


def test_what_does_not_count_is_not_computed():
    weights = StepWeights(l1=1.0, vgg=0.0, style=0.0, flow=0.0, warped=0.0)
    losses = measure_losses(output(0.25, 0.5, 0.75), sample(), weights, vgg=None)
    assert [loss.item() for loss in losses] == [0.25, 0.25, 0, 0, 0, 0]


@pytest.fixture(scope="module")
def pair():
    """The pictures of the published figures, each (1, 3, 128, 192)."""
    return [reference_array("film_tiny_io.npz", key) for key in ("image0", "image1")]


@pytest.mark.parametrize(("size", "prefix"), [((96, 96), ""), ((95, 93), "odd_")])
def test_vgg_and_style_loss_are_the_published_ones(pair, size, prefix):
    made, truth = (image[..., : size[0], : size[1]] for image in pair)
    vgg, style = perceptual_losses(seeded_vgg(), made, truth)
    published = json.loads((REFERENCE / "losses.json").read_text())
    # Relative: float32 sums in another order than TensorFlow's.
    assert vgg.item() == pytest.approx(published[f"{prefix}vgg_loss"], rel=1e-4)
    assert style.item() == pytest.approx(published[f"{prefix}style_loss"], rel=1e-3)


def test_l1_loss_is_the_published_one(pair):
    made, truth = (image[..., :96, :96] for image in pair)
    published = json.loads((REFERENCE / "losses.json").read_text())
    assert l1_loss(made, truth).item() == pytest.approx(published["l1_loss"], rel=1e-5)


def test_the_picture_gets_gradients_of_what_vgg_sees_and_vgg_itself_none(pair):
    network = seeded_vgg()
    made = pair[0][..., :32, :32].clone().requires_grad_()
    truth = pair[1][..., :32, :32].clone().requires_grad_()
    vgg, style = perceptual_losses(network, made, truth)
    (vgg + style).backward()
    assert made.grad.abs().sum() > 0
    assert truth.grad is None
    assert all(kernel.grad is None for kernel in network.parameters())


def test_perceptual_losses_join_the_total(pair):
    weights = StepWeights(l1=0.0, vgg=0.25, style=40.0, flow=0.0, warped=0.0)
    made = replace(output(), image=pair[0][..., :32, :32])
    truth = sample()._replace(truth=pair[1][..., :32, :32])
    losses = measure_losses(made, truth, weights, seeded_vgg())
    expected = 0.25 * losses.vgg.item() + 40 * losses.style.item()
    assert min(losses.vgg.item(), losses.style.item()) > 0
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)
