from __future__ import annotations

import pytest
import torch

from filmnet.model.warp import resize_flow, scale_pyramid, warp, warp_all, warp_cubic
from reference import reference_array


@pytest.fixture(params=["inference", "training"])
def path(request: pytest.FixtureRequest) -> object:
    """Both ways to sample: by rows of channels, and differentiable."""
    return torch.inference_mode() if request.param == "inference" else torch.enable_grad()


def test_warp_equals_the_published_code_border_included(path: torch.inference_mode) -> None:
    image, flow, warped = (reference_array("warp.npz", k) for k in ("image", "flow", "warped"))
    with path:
        # Measured: 2e-6, from the grid's scaling to -1 … 1; promised: 1e-4.
        assert float((warp(image, flow) - warped).abs().max()) < 1e-5


def test_warp_by_whole_pixels_is_a_shift(path: torch.inference_mode) -> None:
    image = torch.rand(2, 5, 7, 9)
    flow = torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).expand(2, 2, 7, 9)
    with path:
        warped = warp(image, flow)
    assert torch.allclose(warped[:, :, 1:, :-2], image[:, :, :-1, 2:], atol=1e-5)


def test_warp_by_nothing_is_the_identity_down_to_one_pixel(path: torch.inference_mode) -> None:
    for height, width in ((1, 1), (1, 6), (5, 1), (4, 4)):
        image = torch.rand(1, 3, height, width)
        with path:
            assert torch.allclose(warp(image, torch.zeros(1, 2, height, width)), image, atol=1e-6)


def test_samples_beyond_the_border_take_its_nearest_pixel(path: torch.inference_mode) -> None:
    image = torch.rand(1, 2, 6, 8)
    far = torch.tensor([1e4, 1e4]).view(1, 2, 1, 1).expand(1, 2, 6, 8)
    with path:
        assert torch.allclose(warp(image, far), image[:, :, -1:, -1:].expand_as(image), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_warp_keeps_the_images_type_and_float32_coordinates(
    dtype: torch.dtype, path: torch.inference_mode
) -> None:
    # A column counter up to 255 is exact in both types; bfloat16 coordinates would not be.
    image = torch.arange(256.0).expand(1, 8, 2, 256).to(dtype)
    flow = torch.cat((torch.full((1, 1, 2, 256), 3.0), torch.zeros(1, 1, 2, 256)), dim=1)
    with path:
        warped = warp(image, flow)
    assert warped.dtype == dtype
    assert torch.equal(warped[0, 0, 0, :250].float(), torch.arange(3.0, 253.0))


def test_a_flow_that_is_no_number_leaves_no_picture_where_it_is() -> None:
    flow = torch.zeros(1, 2, 4, 4)
    flow[0, 0, 1, 2] = float("nan")
    with torch.inference_mode():
        warped = warp(torch.rand(1, 3, 4, 4), flow)
    assert warped.isnan().all(dim=1).nonzero().tolist() == [[0, 1, 2]]


def test_warping_several_at_once_equals_one_by_one() -> None:
    images, flow = (torch.rand(2, 3, 6, 5), torch.rand(2, 4, 6, 5)), torch.randn(2, 2, 6, 5)
    with torch.inference_mode():
        together = warp_all(images, flow)
        assert all(torch.equal(a, warp(b, flow)) for a, b in zip(together, images, strict=True))


def test_both_ways_to_sample_agree() -> None:
    image, flow = torch.rand(2, 6, 33, 47), 20 * torch.randn(2, 2, 33, 47)
    with torch.inference_mode():
        by_rows = warp(image, flow)
    # grid_sample rounds coordinates on its own scale: 47 px x 2^-24 x a few operations.
    assert torch.allclose(by_rows, warp(image, flow), atol=2e-5)


def test_cubic_warp_by_whole_pixels_is_a_shift_and_keeps_each_sample_apart() -> None:
    image = torch.rand(2, 3, 7, 9)
    flow = torch.tensor([2.0, -1.0]).view(1, 2, 1, 1).expand(2, 2, 7, 9)
    warped = warp_cubic(image, flow)
    assert torch.allclose(warped[:, :, 1:, :-2], image[:, :, :-1, 2:], atol=1e-6)


def test_cubic_warp_follows_a_parabola_where_bilinear_cuts_the_corner() -> None:
    # Catmull-Rom's kernel is exact for polynomials of the second degree.
    curve = (torch.arange(12.0) ** 2).expand(1, 1, 5, 12)
    half = torch.cat((torch.full((1, 1, 5, 12), 0.5), torch.zeros(1, 1, 5, 12)), dim=1)
    truth = (torch.arange(12.0) + 0.5) ** 2
    assert torch.allclose(warp_cubic(curve, half)[0, 0, 2, 2:9], truth[2:9], atol=1e-4)
    assert float((warp(curve, half)[0, 0, 2, 2:9] - truth[2:9]).min()) > 0.2


def test_cubic_warp_stays_at_the_border_down_to_one_pixel() -> None:
    far = torch.tensor([1e4, -1e4]).view(1, 2, 1, 1)
    for height, width in ((1, 1), (1, 6), (6, 8)):
        image = torch.rand(1, 3, height, width)
        warped = warp_cubic(image, far.expand(1, 2, height, width))
        corner = image[:, :, :1, -1:].expand_as(image)
        assert torch.allclose(warped, corner, atol=1e-6)


def test_cubic_warp_hands_gradients_to_the_flow() -> None:
    flow = torch.full((1, 2, 6, 6), 0.3, requires_grad=True)
    warp_cubic(torch.rand(1, 3, 6, 6), flow).sum().backward()
    assert flow.grad is not None
    assert flow.grad.any()


def test_resized_flow_has_the_finer_levels_size_and_pixels() -> None:
    flow = torch.tensor([1.5, -2.0]).view(1, 2, 1, 1).expand(1, 2, 3, 4)
    finer = resize_flow(flow, (7, 9))
    assert finer.shape == (1, 2, 7, 9)
    assert torch.allclose(finer, torch.tensor([3.0, -4.0]).view(1, 2, 1, 1).expand_as(finer))


def test_scaling_a_pyramid_scales_each_sample_by_its_own_factor() -> None:
    scaled = scale_pyramid([torch.ones(2, 2, 2, 2)], torch.tensor([0.5, 2.0]).view(2, 1, 1, 1))
    assert scaled[0][:, 0, 0, 0].tolist() == [0.5, 2.0]


def test_gradients_of_a_flow_that_is_no_number_do_not_leave_the_image():
    image = torch.rand(1, 3, 16, 16, requires_grad=True)
    flow = torch.zeros(1, 2, 16, 16)
    flow[..., :8, :] = torch.nan
    flow[..., 8:12, :] = torch.inf
    warp(image, flow.requires_grad_()).sum().backward()  # crashed the process once
    assert image.grad.isfinite().all()
    assert image.grad.sum() == 3 * 16 * 16  # every output pixel is made of image pixels
