"""The network at work: frames are prepared once, pairs estimated once, any instant made.

image ─ prepare ─▶ Frame (padded, features)
Frame, Frame ─ pair ─▶ Pair (flows, both directions)
Pair, t ─ make ─▶ image at t

All three work on tiles, whose size and number a plan decides; a frame that fits is one tile.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.interpolation.blocks import Blocks, TorchBlocks
from filmnet.interpolation.device import clear_memory_errors
from filmnet.interpolation.frame import Frame, contiguous
from filmnet.interpolation.motion import estimate_flow
from filmnet.interpolation.padding import pad
from filmnet.interpolation.plan import Plan
from filmnet.interpolation.synthesis import synthesize
from filmnet.model import Film
from filmnet.weights import Padding

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Pair:
    """Two frames and the motion between them."""

    frame0: Frame
    frame1: Frame

    flow_01: list[Tensor]
    """Flow pyramid of the padded frames, finest first, each (B, 2, H_i, W_i) float32."""

    flow_10: list[Tensor]
    """The other way, likewise."""

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
        plan: how frames are cut into tiles; by default they are not.
        make_blocks: the way to compute the network's convolutions; `choose_blocks` knows ways.
    """

    def __init__(
        self,
        model: Film,
        padding: Padding,
        device: torch.device,
        precision: torch.dtype,
        plan: Plan | None = None,
        make_blocks: Callable[[Film], Blocks] = TorchBlocks,
    ) -> None:
        if device.type == "cpu":
            keep_freed_memory()
        self.padding = padding
        self.device = device
        self.precision = precision
        self.plan = plan or Plan()
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.model.set_precision(precision)
        self.model.to(device).use_channels_last()
        self.blocks = make_blocks(self.model)
        self._make_blocks = make_blocks
        self._original = None if precision == torch.float32 else model
        self._exact: Engine | None = None

    @torch.inference_mode()
    def prepare(self, image: Tensor) -> Frame:
        """Pad a frame, (B, 3, H, W) float32 on any device, and extract its features."""
        height, width = image.shape[-2:]
        with clear_memory_errors(width, height):
            image = image.to(self.device, torch.float32)
            padded, box = pad(image, self.padding, self.model.config.smallest_side)
            return Frame(
                self.blocks,
                contiguous(padded),
                box,
                self.precision,
                tile_px=self.plan.tile_px,
                stored_level=self.plan.stored_level,
            )

    @torch.inference_mode()
    def pair(self, frame0: Frame, frame1: Frame) -> Pair:
        """Estimate the motion between two frames of one size."""
        with clear_memory_errors(frame0.box.width, frame0.box.height):
            flows = estimate_flow(self.blocks, frame0, frame1, self.plan.tile_px)
            return Pair(frame0, frame1, *flows)

    @torch.inference_mode()
    def make(self, pair: Pair, t: float) -> Tensor:
        """The frame at time t, (B, 3, H, W) float32, finite, neither clipped nor rounded.

        Raises:
            WeightsError: float32 cannot hold it either.
        """
        frames, box = (pair.frame0, pair.frame1), pair.frame0.box
        flows = pair.flow_01, pair.flow_10
        with clear_memory_errors(box.width, box.height):
            image = box.crop(synthesize(self.blocks, frames, flows, t, self.plan.tile_px))
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
            self._exact = Engine(
                self._original,
                self.padding,
                self.device,
                torch.float32,
                self.plan,
                self._make_blocks,
            )
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
            frame.exact = self._exact.prepare(frame.picture)
        return frame if frame.exact is None else frame.exact
