from __future__ import annotations

import inspect

import pytest

from filmnet.interpolation.averaging import Averaging
from filmnet.interpolation.contract import FrameEngine
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.onnx_engine import OnnxEngine

CALLS = {
    name: inspect.signature(member)
    for name, member in vars(FrameEngine).items()
    if inspect.isfunction(member) and not name.startswith("_")
}


def test_the_contract_is_what_an_interpolator_calls() -> None:
    assert set(CALLS) == {
        "as_published",
        "confidence",
        "describe",
        "flows",
        "make",
        "pair",
        "prepare",
    }


@pytest.mark.parametrize("engine", [Engine, OnnxEngine, Averaging])
def test_every_engine_has_the_calls_with_the_same_arguments(engine: type) -> None:
    for name, signature in CALLS.items():
        own = inspect.signature(getattr(engine, name))
        assert list(own.parameters) == list(signature.parameters), name
