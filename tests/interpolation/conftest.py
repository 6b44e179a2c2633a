"""Interpolators on tiny networks, and one that counts what is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from filmnet.interpolation import Interpolator
from filmnet.interpolation.engine import Engine, Pair
from filmnet.interpolation.frame import Frame
from filmnet.model import Film
from filmnet.weights import Padding, WeightsInfo

Make = Callable[..., Interpolator]


class CountingEngine(Engine):
    """Counts calls, and remembers at which instants frames were made."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.calls: Counter[str] = Counter()

    def prepare(self, image: Tensor) -> Frame:
        self.calls["prepare"] += 1
        return super().prepare(image)

    def pair(self, frame0: Frame, frame1: Frame) -> Pair:
        self.calls["pair"] += 1
        return super().pair(frame0, frame1)

    def make(self, pair: Pair, t: float) -> Tensor:
        self.calls["make"] += 1
        return super().make(pair, t)


@pytest.fixture
def make_interpolator(tiny_model: Film) -> Make:
    """An interpolator on the tiny network, its engine counting."""

    def make(
        *,
        times: str = "any",
        multiple: int = 8,
        precision: torch.dtype = torch.float32,
        model: Film = tiny_model,
    ) -> Interpolator:
        padding = Padding(multiple=multiple, mode="replicate")
        engine = CountingEngine(model, padding, torch.device("cpu"), precision)
        info = WeightsInfo(name="tiny", config=model.config, times=times, padding=padding)
        return Interpolator(engine, info)

    return make
