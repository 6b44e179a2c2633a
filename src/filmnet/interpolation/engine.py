"""The network at work: frames are prepared once, pairs estimated once, any instant made.

image ─ prepare ─▶ Frame (padded, features)
Frame, Frame ─ pair ─▶ Pair (flows, both directions)
Pair, t ─ make ─▶ image at t
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass

import torch
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.interpolation.device import clear_memory_errors, describe_device
from filmnet.interpolation.padding import Box, pad
from filmnet.model import Film, FrameFeatures
from filmnet.weights import Padding

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Frame:
    """A frame that can be paired with any other of its size."""

    image: Tensor
    """(B, 3, H, W) float32, as it came."""

    box: Box
    """Where it lies in its padded self."""

    features: FrameFeatures

    exact: Frame | None = None
    """The same in float32, once it was needed."""


@dataclass(eq=False)
class Pair:
    """Two frames and the motion between them."""

    frame0: Frame
    frame1: Frame
    flow_01: list[Tensor]
    flow_10: list[Tensor]

    exact: Pair | None = None
    """The same in float32, once it was needed."""


class Engine:
    """A network on its device, in its precision, with its padding rule.

    What a low precision cannot hold (a value beyond its range somewhere in the network) is
    made again in float32.

    Args:
        model: the network, float32; it is copied, not changed.
        padding: the rule of its weights.
        device: where to compute.
        precision: float32, bfloat16 or float16.
    """

    def __init__(
        self, model: Film, padding: Padding, device: torch.device, precision: torch.dtype
    ) -> None:
        if device.type == "cpu":
            keep_freed_memory()
        self.padding = padding
        self.device = device
        self.precision = precision
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.model.set_precision(precision)
        self.model.to(device).use_channels_last()
        self._original = None if precision == torch.float32 else model
        self._exact: Engine | None = None

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def describe(self) -> str:
        """Device, precision and threads in a few words."""
        return describe_device(self.device, self.precision)

    @torch.inference_mode()
    def prepare(self, image: Tensor) -> Frame:
        """Pad a frame, (B, 3, H, W) float32 on any device, and extract its features."""
        height, width = image.shape[-2:]
        with clear_memory_errors(width, height):
            image = image.to(self.device, torch.float32)
            padded, box = pad(image, self.padding, self.model.config.smallest_side)
            padded = padded.contiguous(memory_format=torch.channels_last)
            return Frame(image, box, self.model.extract(padded))

    @torch.inference_mode()
    def pair(self, frame0: Frame, frame1: Frame) -> Pair:
        """Estimate the motion between two frames of one size."""
        with clear_memory_errors(frame0.box.width, frame0.box.height):
            flow_01, flow_10 = self.model.estimate_flow(frame0.features, frame1.features)
            return Pair(frame0, frame1, flow_01, flow_10)

    @torch.inference_mode()
    def make(self, pair: Pair, t: float) -> Tensor:
        """The frame at time t, (B, 3, H, W) float32, finite, neither clipped nor rounded.

        Raises:
            WeightsError: float32 cannot hold it either.
        """
        frame0, frame1, box = pair.frame0, pair.frame1, pair.frame0.box
        with clear_memory_errors(box.width, box.height):
            output = self.model.synthesize(
                frame0.features, frame1.features, pair.flow_01, pair.flow_10, t
            )
            image = box.crop(output.image)
        if all(bool(x.isfinite().all()) for x in (image, pair.flow_01[0], pair.flow_10[0])):
            return image
        return self._make_exactly(pair, t)

    def _make_exactly(self, pair: Pair, t: float) -> Tensor:
        """The same frame in float32 throughout."""
        if self._original is None:
            raise WeightsError(
                f"the network made values that are no numbers at t = {t:g} in float32 too; "
                f"its weights are damaged or do not suit these pictures: use others"
            )
        if self._exact is None:
            self._exact = Engine(self._original, self.padding, self.device, torch.float32)
        if pair.exact is None:
            log.warning(
                "frames left the range of %s; made again in float32",
                str(self.precision).removeprefix("torch."),
            )
            frames = (self._exact_frame(frame) for frame in (pair.frame0, pair.frame1))
            pair.exact = self._exact.pair(*frames)
        return self._exact.make(pair.exact, t)

    def _exact_frame(self, frame: Frame) -> Frame:
        if frame.exact is None and self._exact is not None:
            frame.exact = self._exact.prepare(frame.image)
        return frame if frame.exact is None else frame.exact
