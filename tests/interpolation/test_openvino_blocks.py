from __future__ import annotations

import pytest
import torch

from block_pictures import KINDS, decibels, outputs
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.openvino_blocks import OpenVinoBlocks
from filmnet.model import Film, FilmConfig

pytest.importorskip("openvino")

NARROW = FilmConfig(filters=4, flow_filters=(4, 4, 4, 8), output="blend")


def seeded(dtype: torch.dtype) -> Film:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Film(NARROW).eval().requires_grad_(False)
    return model.set_precision(dtype).use_channels_last()


@pytest.fixture(scope="module")
def blocks() -> dict[torch.dtype, OpenVinoBlocks]:
    return {dtype: OpenVinoBlocks(seeded(dtype)) for dtype in (torch.float32, torch.bfloat16)}


@pytest.mark.parametrize("kind", KINDS)
def test_openvino_makes_the_same(kind: str, blocks: dict[torch.dtype, OpenVinoBlocks]) -> None:
    with torch.inference_mode():
        plain = outputs(TorchBlocks(seeded(torch.float32)), kind, 33, 47, torch.float32)
        made = outputs(blocks[torch.float32], kind, 33, 47, torch.float32)
    assert min(decibels(a, b) for a, b in zip(made, plain, strict=True)) > 90  # promised: 60


@pytest.mark.parametrize("kind", KINDS)
def test_in_bfloat16_it_stays_close(kind: str, blocks: dict[torch.dtype, OpenVinoBlocks]) -> None:
    with torch.inference_mode():
        exact = outputs(TorchBlocks(seeded(torch.float32)), kind, 32, 48, torch.float32)
        made = outputs(blocks[torch.bfloat16], kind, 32, 48, torch.bfloat16)
    # Against float32 itself: the weights' rounding alone is 8 bits.
    assert min(decibels(a, b) for a, b in zip(made, exact, strict=True)) > 40


def test_a_size_is_compiled_once(blocks: dict[torch.dtype, OpenVinoBlocks]) -> None:
    fresh = OpenVinoBlocks(seeded(torch.float32))
    image = torch.rand(1, 3, 16, 16)
    first = fresh.column(image, 2)
    assert all(torch.equal(a, b) for a, b in zip(first, fresh.column(image, 2), strict=True))
    assert len(fresh._compiled) == 1
    fresh.column(image[..., :8], 2)
    assert len(fresh._compiled) == 2
