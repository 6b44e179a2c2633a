from __future__ import annotations

import pytest
import torch
from torch import Tensor

from filmnet.interpolation.agreement import Confidence, coarse_level, compare
from filmnet.model.pyramid import image_pyramid


def texture(seed: int, height: int = 48, width: int = 64) -> Tensor:
    """Smooth and colourful, (1, 3, H, W)."""
    coarse = torch.rand(
        1, 3, height // 8, width // 8, generator=torch.Generator().manual_seed(seed)
    )
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")


def judged(
    image0: Tensor, image1: Tensor, dx: float = 0.0, back: float | None = None
) -> Confidence:
    """A pair whose flow is the same everywhere."""
    flow = torch.zeros(1, 2, *image0.shape[-2:])
    flow[:, 0] = 1
    return compare([image0], [image1], [dx * flow], [(-dx if back is None else back) * flow])


def test_the_same_picture_twice_is_certain() -> None:
    image = texture(0)
    confidence = judged(image, image)
    # Rounding of the mean and spread.
    assert confidence.value == pytest.approx(1, abs=1e-9)
    assert (confidence.flow_error, confidence.hidden) == (0, 0)
    assert not confidence.is_low


def test_motion_that_was_found_costs_little() -> None:
    image = texture(1)
    moved = image.roll(3, dims=3)
    assert judged(image, moved, dx=3).value > 2 * judged(image, moved).value


def test_a_change_of_brightness_is_named_and_is_no_error_of_motion() -> None:
    image = 0.5 * texture(2)
    confidence = judged(image, image + 0.4)
    assert confidence.reason == "brightness"
    assert confidence.error == pytest.approx(0, abs=1e-3)
    assert confidence.brightness == pytest.approx(0.4, abs=1e-3)
    assert confidence.is_low
    assert confidence.describe() == "brightness (by 102 levels of 255)"


def test_two_different_scenes_are_named_by_their_content() -> None:
    green = texture(3) * torch.tensor([0.3, 1.0, 0.3]).view(1, 3, 1, 1)
    red = texture(4) * torch.tensor([1.0, 0.3, 0.3]).view(1, 3, 1, 1)
    confidence = judged(green, red)
    assert confidence.reason == "content"
    assert confidence.is_low


def test_one_scene_that_was_not_followed_is_named_by_its_motion() -> None:
    image = texture(5)
    confidence = judged(image, image.flip(3), dx=20)
    assert confidence.reason == "motion"
    assert confidence.is_low
    assert confidence.describe().startswith("motion (up to 20 px; ")


def test_flows_that_do_not_lead_back_count_in_pixels_and_as_hidden() -> None:
    image = texture(6)
    confidence = judged(image, image, dx=4, back=2)
    assert confidence.flow_error_px == pytest.approx(6)
    assert confidence.flow_error == pytest.approx(6 / 3)
    assert confidence.hidden == 1


def test_pixels_are_those_of_the_frame_whatever_the_level() -> None:
    images = image_pyramid(texture(7, 256, 512), 3)
    flows = [torch.full((1, 2, *image.shape[-2:]), 8.0 / 2**i) for i, image in enumerate(images)]
    confidence = compare(images, images, flows, [-flow for flow in flows])
    assert coarse_level(images) == 1
    assert confidence.motion_px == pytest.approx(8 * 2**0.5)


def test_what_is_larger_than_the_pyramid_is_compared_at_its_coarsest_level() -> None:
    assert coarse_level([torch.empty(1, 3, 4, 4000), torch.empty(1, 3, 2, 2000)]) == 1


def test_both_directions_count_alike() -> None:
    image0, image1 = texture(8), texture(9)
    flow = torch.randn(1, 2, 48, 64, generator=torch.Generator().manual_seed(0))
    there = compare([image0], [image1], [flow], [-flow])
    back = compare([image1], [image0], [-flow], [flow])
    # Sums in another order.
    assert there.value == pytest.approx(back.value, abs=1e-5)


def test_a_flow_that_is_no_number_leaves_figures() -> None:
    image = texture(10)
    nan = torch.full((1, 2, 48, 64), float("nan"))
    confidence = compare([image], [image], [nan], [nan])
    assert confidence.value == pytest.approx(1, abs=1e-9)


def test_one_pixel_is_enough() -> None:
    dot, none = torch.full((1, 3, 1, 1), 0.5), torch.zeros(1, 2, 1, 1)
    assert compare([dot], [dot], [none], [none]).value == pytest.approx(1)
