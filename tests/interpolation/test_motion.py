from __future__ import annotations

import torch
from torch import Tensor

from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.frame import Frame
from filmnet.interpolation.motion import estimate_flow
from filmnet.interpolation.plan import WHOLE, Plan
from filmnet.interpolation.region import Region
from filmnet.model import Film


def frames(model: Film, height: int = 117, width: int = 138) -> tuple[Frame, Frame]:
    """Two frames of noise."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(2, 1, 3, height, width, generator=generator)
    box = Region(0, 0, height, width)
    first, second = (
        Frame(TorchBlocks(model), image, box, torch.float32, Plan()) for image in images
    )
    return first, second


def farthest(a: list[Tensor], b: list[Tensor]) -> float:
    return max(float((x - y).abs().max()) for x, y in zip(a, b, strict=True))


@torch.inference_mode()
def test_each_level_has_a_flow_of_its_size(tiny_model: Film) -> None:
    frame0, frame1 = frames(tiny_model)
    for flows in estimate_flow(TorchBlocks(tiny_model), frame0, frame1, WHOLE):
        sizes = [tuple(flow.shape) for flow in flows]
        assert sizes == [(1, 2, 117, 138), (1, 2, 58, 69), (1, 2, 29, 34)]


@torch.inference_mode()
def test_frames_in_the_other_order_have_the_flows_in_the_other_order(tiny_model: Film) -> None:
    frame0, frame1 = frames(tiny_model)
    blocks = TorchBlocks(tiny_model)
    flow_01, flow_10 = estimate_flow(blocks, frame0, frame1, WHOLE)
    swapped_01, swapped_10 = estimate_flow(blocks, frame1, frame0, WHOLE)
    assert farthest(flow_01, swapped_10) < 1e-5
    assert farthest(flow_10, swapped_01) < 1e-5
    assert farthest(flow_01, flow_10) > 1e-3


@torch.inference_mode()
def test_flow_is_the_same_in_tiles(tiny_model: Film) -> None:
    frame0, frame1 = frames(tiny_model, 205, 290)
    blocks = TorchBlocks(tiny_model)
    whole, tiled = (estimate_flow(blocks, frame0, frame1, side) for side in (WHOLE, 96))
    assert max(farthest(a, b) for a, b in zip(whole, tiled, strict=True)) < 1e-4


@torch.inference_mode()
def test_what_is_known_of_the_coarsest_flow_is_added_to(tiny_model: Film) -> None:
    frame0, frame1 = frames(tiny_model)
    blocks = TorchBlocks(tiny_model)
    nothing = torch.zeros(2, 2, 29, 34)
    without, _ = estimate_flow(blocks, frame0, frame1, WHOLE)
    zero, _ = estimate_flow(blocks, frame0, frame1, WHOLE, nothing)
    moved, _ = estimate_flow(blocks, frame0, frame1, WHOLE, nothing + 50)
    assert farthest(without, zero) < 1e-5
    assert float((moved[-1] - zero[-1]).mean()) > 40
