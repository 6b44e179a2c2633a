"""Frames as the mean over mirrored copies: the network's errors differ, and partly cancel out.

image ─ mirror ─▶ copies ─ the engine, each alone ─▶ frames ─ mirror back ─▶ mean

Every copy costs what a frame costs, in time and in what is held of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from filmnet.errors import InputError
from filmnet.interpolation.agreement import Confidence
from filmnet.interpolation.contract import FrameEngine
from filmnet.weights import Padding

DOWN, ACROSS = -2, -1
"""Axes of (B, 3, H, W) along which a picture is mirrored."""

MIRRORS: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((),),
    2: ((), (ACROSS,)),
    4: ((), (ACROSS,), (DOWN,), (DOWN, ACROSS)),
}
"""For each number of copies the axes that each is mirrored along; the picture itself first."""


def check_copies(copies: int) -> int:
    """The number, if it is one that there is.

    Raises:
        InputError: there is no such number.
    """
    if copies not in MIRRORS:
        known = ", ".join(map(str, MIRRORS))
        raise InputError(f"tta {copies} is none of {known}: copies whose mean a made frame is")
    return copies


class Averaging:
    """An engine whose frames are the mean of what another makes of mirrored copies.

    Frames and pairs are tuples of the other engine's, one for each copy.

    Args:
        engine: computes each copy.
        copies: 2, the picture and its mirror image left to right, or 4, both upside down as well.
    """

    def __init__(self, engine: FrameEngine, copies: int) -> None:
        self.engine = engine
        self.copies = copies
        self._mirrors = MIRRORS[copies]

    @property
    def padding(self) -> Padding:
        """The padding rule of the engine."""
        return self.engine.padding

    @property
    def device(self) -> torch.device:
        """Where the engine computes."""
        return self.engine.device

    @property
    def precision(self) -> torch.dtype:
        """What the engine computes in."""
        return self.engine.precision

    @property
    def parameters(self) -> int:
        """Of the network, which is one for all copies."""
        return self.engine.parameters

    def describe(self) -> str:
        """The engine, and how many copies."""
        return f"{self.engine.describe()}, mean of {self.copies} mirrored copies"

    def as_published(self) -> Averaging:
        """The same copies by the network as it was published."""
        return Averaging(self.engine.as_published(), self.copies)

    def prepare(self, image: Tensor) -> tuple[Any, ...]:
        """Each copy of a frame, (B, 3, H, W) in [0, 1]."""
        return tuple(self.engine.prepare(image.flip(axes)) for axes in self._mirrors)

    def pair(self, frame0: tuple[Any, ...], frame1: tuple[Any, ...]) -> tuple[Any, ...]:
        """The motion in each copy."""
        return tuple(self.engine.pair(*both) for both in zip(frame0, frame1, strict=True))

    def make(self, pair: tuple[Any, ...], t: float) -> Tensor:
        """The mean frame at time t, (B, 3, H, W) float32, neither clipped nor rounded."""
        total: Tensor | None = None
        for copy, axes in zip(pair, self._mirrors, strict=True):
            made = self.engine.make(copy, t).flip(axes)
            total = made if total is None else total.add_(made)
        if total is None:
            raise ValueError("a pair without copies")
        return total.div_(self.copies)

    def confidence(self, pair: tuple[Any, ...]) -> Confidence | None:
        """How sure frames are, by the copy that is not mirrored."""
        return self.engine.confidence(pair[0])

    def flows(self, pair: tuple[Any, ...]) -> tuple[Tensor, Tensor] | None:
        """Motion 0→1 and 1→0 in the copy that is not mirrored."""
        return self.engine.flows(pair[0])
