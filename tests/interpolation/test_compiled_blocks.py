from __future__ import annotations

from collections.abc import Callable

import torch

from block_pictures import outputs
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.compiled_blocks import CompiledBlocks
from filmnet.model import Film, FilmConfig


def one_buffer(function: Callable[..., object]) -> Callable[..., object]:
    """Stands for a CUDA graph: each call writes where the last one wrote."""
    held: dict[object, torch.Tensor] = {}

    def again(x: torch.Tensor, place: object) -> torch.Tensor:
        return held.setdefault((place, x.shape), torch.empty_like(x)).copy_(x)

    def replayed(*arguments: object) -> object:
        made = function(*arguments)
        if isinstance(made, list):
            return [again(x, i) for i, x in enumerate(made)]
        return again(made, "only")

    return replayed


def test_what_was_made_before_outlives_the_next_replay() -> None:
    torch.manual_seed(0)
    model = Film(FilmConfig(filters=4, flow_filters=(4, 4, 4, 8))).requires_grad_(False)
    with torch.inference_mode():
        made = outputs(CompiledBlocks(model, one_buffer), "noise", 32, 48, torch.float32)
        plain = outputs(TorchBlocks(model), "noise", 32, 48, torch.float32)
    assert all(torch.equal(a, b) for a, b in zip(made, plain, strict=True))


def test_levels_that_share_a_predictor_are_compiled_once() -> None:
    seen = []
    model = Film(FilmConfig(filters=4, flow_filters=(4, 4, 4, 8))).requires_grad_(False)

    def remember(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            seen.append(arguments[0])
            return function(*arguments)

        return call

    features = torch.rand(1, 60, 4, 4)
    CompiledBlocks(model, remember).residual_flow(6, features, features)
    assert seen == [3]
