"""The network against the published code's figures, and its laws."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from filmnet.model import Film, FilmConfig
from filmnet.model.warp import warp_cubic
from reference import reference_array

# What the project promises. Two float32 implementations differ by summation order: measured
# here are 2e-6 on images and 1e-5 on flows.
PARITY = 1e-4


def largest_difference(ours: torch.Tensor, file: str, key: str) -> float:
    return float((ours - reference_array(file, key)).abs().max())


@torch.inference_mode()
def test_image_and_flows_equal_the_published_code(reference_model: Film) -> None:
    file = "film_tiny_io.npz"
    output = reference_model(reference_array(file, "image0"), reference_array(file, "image1"))
    assert largest_difference(output.image, file, "image") < PARITY
    assert largest_difference(output.image0_warped, file, "image0_warped") < PARITY
    assert largest_difference(output.image1_warped, file, "image1_warped") < PARITY
    for level in range(5):
        assert largest_difference(output.flow_01[level], file, f"flow_01_level{level}") < PARITY
        assert largest_difference(output.flow_10[level], file, f"flow_10_level{level}") < PARITY


@torch.inference_mode()
def test_sizes_that_do_not_divide_equal_the_published_code(reference_model: Film) -> None:
    file = "film_tiny_unpadded.npz"
    pair = [reference_array("film_tiny_align64.npz", key) for key in ("image0", "image1")]
    output = reference_model(*pair)
    assert largest_difference(output.image, file, "image") < PARITY
    assert largest_difference(output.flow_01[0], file, "flow_01_level0") < PARITY


def test_the_training_path_equals_the_published_code_too(reference_model: Film) -> None:
    file = "film_tiny_io.npz"
    output = reference_model(reference_array(file, "image0"), reference_array(file, "image1"))
    assert largest_difference(output.image.detach(), file, "image") < PARITY


def test_published_arithmetic_is_278_gflop_for_256_pixels_square() -> None:
    with torch.device("meta"):
        model, image = Film(), torch.empty(1, 3, 256, 256)
        with FlopCounterMode(display=False) as counter:
            model(image, image)
    assert round(counter.get_total_flops() / 1e9) == 278


def test_published_configuration_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        model = Film()
    count = {
        name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()
    }
    assert sum(count.values()) == 34_436_667
    assert round(count["extractor"] / 1e6, 2) == 4.69
    assert round(count["flow"] / 1e6, 2) == 7.33
    assert round(count["fusion"] / 1e6, 2) == 22.42


@torch.inference_mode()
def test_time_scales_the_flows(reference_model: Film) -> None:
    pair = [reference_array("film_tiny_io.npz", key) for key in ("image0", "image1")]
    start, middle, end = (reference_model(*pair, t) for t in (0.0, 0.5, 1.0))
    assert torch.allclose(start.image0_warped, pair[0], atol=1e-6)
    assert torch.allclose(end.image1_warped, pair[1], atol=1e-6)
    assert not torch.allclose(start.image, middle.image, atol=1e-3)
    assert torch.equal(start.flow_01[0], end.flow_01[0])


@torch.inference_mode()
def test_swapping_the_inputs_swaps_the_flows(reference_model: Film) -> None:
    pair = [reference_array("film_tiny_io.npz", key) for key in ("image0", "image1")]
    one, two = reference_model(*pair, 0.25), reference_model(*pair[::-1], 0.75)
    assert torch.allclose(one.flow_01[0], two.flow_10[0], atol=1e-5)
    assert torch.allclose(one.image0_warped, two.image1_warped, atol=1e-5)


@torch.inference_mode()
def test_a_batch_equals_its_samples_each_with_its_own_time(tiny_model: Film) -> None:
    image0, image1 = torch.rand(2, 3, 3, 24, 20, generator=torch.Generator().manual_seed(1))
    times = torch.tensor([0.2, 0.5, 0.9])
    batch = tiny_model(image0, image1, times).image
    for i in range(3):
        alone = tiny_model(image0[i : i + 1], image1[i : i + 1], float(times[i])).image
        assert torch.allclose(batch[i : i + 1], alone, atol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.bfloat16, 0.05), (torch.float16, 0.01)])
@torch.inference_mode()
def test_half_precision_stays_near_float32(
    reference_model: Film, dtype: torch.dtype, tolerance: float
) -> None:
    # Random weights amplify rounding; trained ones stay nearer (tests/interpolation).
    pair = [reference_array("film_tiny_io.npz", key) for key in ("image0", "image1")]
    exact = reference_model(*pair)
    rounded = reference_model.set_precision(dtype)(*pair)
    assert rounded.image.dtype == rounded.flow_01[0].dtype == torch.float32
    assert float((rounded.image - exact.image).abs().mean()) < tolerance


@torch.inference_mode()
def test_large_flows_keep_fractions_of_a_pixel_in_bfloat16(tiny_model: Film) -> None:
    model = tiny_model.set_precision(torch.bfloat16)
    seen: list[torch.Tensor] = []
    head = model.flow.predictors[-1].head
    torch.nn.init.zeros_(head.weight)
    head.bias.data = torch.tensor([100.3, 0.0])
    seen = model(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)).flow_01
    assert float((seen[-1][:, 0] - 100.3).abs().max()) < 1e-4


@torch.inference_mode()
def test_blend_with_a_zero_head_is_the_average_weighted_by_time(tiny_config: FilmConfig) -> None:
    model = Film(FilmConfig.from_dict({**tiny_config.to_dict(), "output": "blend"})).eval()
    torch.nn.init.zeros_(model.fusion.head.weight)
    pair = [reference_array("film_tiny_io.npz", key) for key in ("image0", "image1")]
    for t in (0.0, 0.25, 1.0):
        output = model(*pair, t)
        sharp0 = warp_cubic(pair[0], t * output.flow_10[0])
        sharp1 = warp_cubic(pair[1], (1 - t) * output.flow_01[0])
        assert torch.allclose(output.image, (1 - t) * sharp0 + t * sharp1, atol=1e-5)


def test_gradients_reach_every_weight(tiny_model: Film) -> None:
    image0, image1 = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    tiny_model(image0, image1).image.mean().backward()
    silent = [n for n, p in tiny_model.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@torch.inference_mode()
def test_the_smallest_side_works_and_a_smaller_one_says_so(tiny_model: Film) -> None:
    assert tiny_model(torch.rand(1, 3, 4, 9), torch.rand(1, 3, 4, 9)).image.shape == (1, 3, 4, 9)
    with pytest.raises(ValueError, match="9x3 leaves no pixel at the coarsest of 3 levels"):
        tiny_model(torch.rand(1, 3, 3, 9), torch.rand(1, 3, 3, 9))


def test_pictures_of_two_sizes_are_refused(tiny_model: Film) -> None:
    with pytest.raises(ValueError, match="differ"):
        tiny_model(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 16))
