from __future__ import annotations

import pytest
import torch

from filmnet.errors import DeviceError
from filmnet.interpolation import optimize
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.compiled_blocks import CompiledBlocks
from filmnet.interpolation.lean_blocks import LeanBlocks
from filmnet.interpolation.optimize import (
    MANY_FRAMES,
    blocks_for_tiles,
    check_optimize,
    choose_blocks,
)
from filmnet.model import Film

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def bfloat16_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimize, "has_bfloat16_tiles", lambda: True)
    monkeypatch.setattr(optimize, "has_openvino", lambda: False)


def test_never_is_layer_by_layer(tiny_model: Film) -> None:
    assert type(choose_blocks(tiny_model, CPU, "never", frames=10**6)) is TorchBlocks


def test_a_cpu_has_less_arithmetic_from_the_first_frame_on(tiny_model: Film) -> None:
    assert type(choose_blocks(tiny_model, CPU, "auto")) is LeanBlocks
    assert type(choose_blocks(tiny_model, CPU, "always")) is LeanBlocks


def test_half_precision_on_a_cpu_stays_plain(tiny_model: Film) -> None:
    assert type(choose_blocks(tiny_model.half(), CPU, "auto")) is TorchBlocks


def test_a_gpu_compiles_once_that_pays(tiny_model: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    # The compiler itself takes half a minute to import.
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    ways = [choose_blocks(tiny_model, CUDA, "auto", n) for n in (MANY_FRAMES - 1, MANY_FRAMES)]
    assert [type(way) for way in ways] == [TorchBlocks, CompiledBlocks]
    assert type(choose_blocks(tiny_model, CUDA, "always")) is CompiledBlocks
    assert type(choose_blocks(tiny_model, CUDA, "never", MANY_FRAMES)) is TorchBlocks


@pytest.mark.usefixtures("bfloat16_cpu")
def test_what_is_missing_is_named_where_it_was_asked_for(tiny_model: Film) -> None:
    model = tiny_model.bfloat16()
    assert type(choose_blocks(model, CPU, "auto")) is LeanBlocks
    with pytest.raises(DeviceError, match=r"pip install 'filmnet\[openvino\]', or leave optimize"):
        choose_blocks(model, CPU, "always")


def test_an_unknown_choice_names_the_known_ones() -> None:
    assert check_optimize("always") == "always"
    with pytest.raises(DeviceError, match="'fast' is unknown; use auto, always, never"):
        check_optimize("fast")


def test_what_is_compiled_for_each_size_gives_way_in_tiles(tiny_model: Film) -> None:
    compiled = CompiledBlocks(tiny_model, compile_function=lambda function: function)
    assert isinstance(blocks_for_tiles(compiled, tiny_model), LeanBlocks)
    plain = TorchBlocks(tiny_model)
    assert blocks_for_tiles(plain, tiny_model) is plain
