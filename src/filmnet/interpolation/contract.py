"""What an `Interpolator` needs of whatever computes its frames."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from filmnet.interpolation.agreement import Confidence
from filmnet.weights import Padding


class FrameEngine(Protocol):
    """Frames are prepared once, pairs estimated once, any instant made.

    What `prepare` and `pair` return is the engine's own affair.
    """

    @property
    def padding(self) -> Padding:
        """The rule by which frames are padded."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def precision(self) -> torch.dtype:
        """What it computes in."""

    @property
    def copies(self) -> int:
        """How many mirrored copies a made frame is the mean of; 1 for the picture alone."""

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""

    def describe(self) -> str:
        """Where it computes, in a few words."""

    def as_published(self) -> FrameEngine:
        """The same network as it was published: neither padding nor lower starts."""

    def prepare(self, image: Tensor) -> Any:
        """What it needs of a frame, (B, 3, H, W) in [0, 1]."""

    def pair(self, frame0: Any, frame1: Any) -> Any:
        """What it needs of two frames of one size."""

    def make(self, pair: Any, t: float) -> Tensor:
        """The frame at time t, (B, 3, H, W) float32, neither clipped nor rounded."""

    def confidence(self, pair: Any) -> Confidence | None:
        """How sure frames of this pair are; None if it does not see how things move."""

    def flows(self, pair: Any) -> tuple[Tensor, Tensor] | None:
        """Motion 0→1 and 1→0, (B, 2, H, W) float32 in pixels; None if it does not see any."""
