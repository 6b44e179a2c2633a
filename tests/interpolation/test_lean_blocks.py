from __future__ import annotations

import pytest
import torch

from block_pictures import KINDS, decibels, outputs, picture
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.lean_blocks import LeanBlocks, per_pixel, upsample
from filmnet.model import Film, FilmConfig
from filmnet.model.layers import Conv

NARROW = FilmConfig(filters=8, flow_filters=(4, 8, 8, 16), output="blend")


def seeded(config: FilmConfig, dtype: torch.dtype = torch.float32) -> Film:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Film(config).eval().requires_grad_(False)
    return model.set_precision(dtype).use_channels_last()


@pytest.mark.parametrize("kind", KINDS)
def test_less_arithmetic_makes_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # So narrow a network uses Winograd's filtering only when told that 8 channels are wide.
    monkeypatch.setattr("filmnet.interpolation.winograd.LEAST_CHANNELS", 8)
    monkeypatch.setattr("filmnet.interpolation.winograd.WIDE", 8)
    monkeypatch.setattr("filmnet.interpolation.winograd.LEAST_TILES", 1)
    model = seeded(NARROW)
    with torch.inference_mode():
        plain = outputs(TorchBlocks(model), kind, 64, 96, torch.float32)
        lean = outputs(LeanBlocks(model), kind, 64, 96, torch.float32)
    assert min(decibels(a, b) for a, b in zip(lean, plain, strict=True)) > 90  # promised: 60


@pytest.mark.parametrize("kind", KINDS)
def test_in_bfloat16_it_stays_as_close(kind: str) -> None:
    model = seeded(NARROW, torch.bfloat16)
    with torch.inference_mode():
        plain = outputs(TorchBlocks(model), kind, 32, 48, torch.bfloat16)
        lean = outputs(LeanBlocks(model), kind, 32, 48, torch.bfloat16)
    assert min(decibels(a, b) for a, b in zip(lean, plain, strict=True)) > 45


def test_odd_sizes_that_do_not_double_take_the_long_way() -> None:
    model = seeded(NARROW)
    with torch.inference_mode():
        plain = outputs(TorchBlocks(model), "noise", 53, 71, torch.float32)
        lean = outputs(LeanBlocks(model), "noise", 53, 71, torch.float32)
    assert min(decibels(a, b) for a, b in zip(lean, plain, strict=True)) > 90


def test_upsampling_by_products_equals_repetition_and_convolution() -> None:
    conv = Conv(5, 3, 2).requires_grad_(False)
    conv.bias.normal_()
    x = picture("noise", 5, 4, 6)
    repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    # Sums of 20 products of about 1.
    torch.testing.assert_close(upsample(conv, x, (8, 12)), conv(repeated), atol=1e-5, rtol=0)


def test_a_product_per_pixel_is_a_convolution_by_one_pixel() -> None:
    conv = Conv(6, 4, 1).requires_grad_(False)
    x = picture("noise", 6, 5, 7)
    torch.testing.assert_close(per_pixel(conv, x), conv(x))


def test_the_published_network_has_its_wide_layers_by_winograd() -> None:
    with torch.device("meta"):
        blocks = LeanBlocks(Film(FilmConfig()))
    # Features 6, flow 7 (levels 1 and coarser), fusion 7; the rest has 64 channels or fewer.
    assert len(blocks._winograd) == 20


def test_the_moved_kernels_are_counted() -> None:
    with torch.random.fork_rng():
        model = Film(FilmConfig(filters=64, flow_filters=(4, 4, 4, 4))).requires_grad_(False)
    blocks = LeanBlocks(model)
    layers = blocks._winograd.values()
    assert layers
    kernels = sum(layer.matrices.numel() * layer.matrices.itemsize for layer in layers)
    workspace = max(layer.workspace_bytes for layer in layers)
    assert blocks.extra_bytes == kernels + workspace
