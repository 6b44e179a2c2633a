from __future__ import annotations

import torch
from torch import Tensor

from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.frame import Frame
from filmnet.interpolation.plan import WHOLE, Plan
from filmnet.interpolation.region import Region
from filmnet.interpolation.synthesis import synthesize
from filmnet.model import Film

SIZES = [(117, 138), (58, 69), (29, 34)]


def frames(model: Film) -> tuple[Frame, Frame]:
    """Two frames of noise."""
    height, width = SIZES[0]
    images = torch.rand(2, 1, 3, height, width, generator=torch.Generator().manual_seed(1))
    first, second = (
        Frame(TorchBlocks(model), image, Region(0, 0, height, width), torch.float32, Plan())
        for image in images
    )
    return first, second


def flows(dx: float, dy: float) -> tuple[list[Tensor], list[Tensor]]:
    """A motion that is the same everywhere, there and back."""
    there = [
        torch.tensor([dx, dy]).view(1, 2, 1, 1).expand(1, 2, *size) / 2**level
        for level, size in enumerate(SIZES)
    ]
    return there, [-flow for flow in there]


@torch.inference_mode()
def test_the_picture_has_the_frames_size_and_type(tiny_model: Film) -> None:
    image = synthesize(TorchBlocks(tiny_model), frames(tiny_model), flows(3, 1), 0.5, WHOLE)
    assert image.shape == (1, 3, *SIZES[0])
    assert image.dtype == torch.float32


@torch.inference_mode()
def test_where_nothing_moves_time_does_not_matter(tiny_model: Film) -> None:
    both, still = frames(tiny_model), flows(0, 0)
    early, late = (synthesize(TorchBlocks(tiny_model), both, still, t, WHOLE) for t in (0.2, 0.9))
    assert torch.equal(early, late)
    moving = [synthesize(TorchBlocks(tiny_model), both, flows(9, 4), t, WHOLE) for t in (0.2, 0.9)]
    assert float((moving[0] - moving[1]).abs().max()) > 1e-3


@torch.inference_mode()
def test_the_picture_is_the_same_in_tiles(tiny_model: Film) -> None:
    both = frames(tiny_model)
    whole, tiled = (
        synthesize(TorchBlocks(tiny_model), both, flows(21, -14), 0.3, side) for side in (WHOLE, 48)
    )
    assert float((whole - tiled).abs().max()) < 1e-4
