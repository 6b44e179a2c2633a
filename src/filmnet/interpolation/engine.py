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
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.interpolation.agreement import Confidence, compare
from filmnet.interpolation.allocator import FreedMemory, keep_freed_memory
from filmnet.interpolation.blocks import Blocks, TorchBlocks
from filmnet.interpolation.device import describe_device, is_memory_error
from filmnet.interpolation.frame import Frame, contiguous
from filmnet.interpolation.motion import estimate_flow
from filmnet.interpolation.optimize import blocks_for_tiles, describe_blocks
from filmnet.interpolation.padding import pad, padded_size
from filmnet.interpolation.plan import Plan
from filmnet.interpolation.planned_blocks import PlannedBlocks
from filmnet.interpolation.planner import Limits, Planner
from filmnet.interpolation.reach import Start, decision_level, find_start
from filmnet.interpolation.region import Region, Size, size_of
from filmnet.interpolation.synthesis import synthesize
from filmnet.model import Film, FrameFeatures
from filmnet.weights import Padding

log = logging.getLogger(__name__)

Made = TypeVar("Made")


@dataclass(eq=False)
class Pair:
    """Two frames and the motion between them."""

    frame0: Frame
    frame1: Frame

    flow_01: list[Tensor]
    """Flow pyramid of the padded frames, finest first, each (B, 2, H_i, W_i) float32."""

    flow_10: list[Tensor]
    """The other way, likewise."""

    start: Start | None = None
    """Where the motion was followed from, if below the coarsest trained level."""

    exact: Pair | None = None
    """The same in float32, once it was needed."""

    @cached_property
    def confidence(self) -> Confidence:
        """How sure what is made between the frames is."""
        images0, images1 = self.frame0.images, self.frame1.images
        return compare(images0, images1, self.flow_01, self.flow_10)


class Engine:
    """A network on its device, in its precision, with its padding rule.

    What a low precision cannot hold (a value beyond its range somewhere in the network) is
    made again in float32.

    Args:
        model: the network, float32; it is copied, not changed.
        padding: the rule of its weights.
        device: where to compute.
        precision: float32, bfloat16 or float16.
        limits: of memory and tiles; by default what the device has.
        make_blocks: the way to compute the network's convolutions; `choose_blocks` knows ways.
    """

    def __init__(
        self,
        model: Film,
        padding: Padding,
        device: torch.device,
        precision: torch.dtype,
        limits: Limits | None = None,
        make_blocks: Callable[[Film], Blocks] = TorchBlocks,
    ) -> None:
        if device.type == "cpu":
            keep_freed_memory()
        self.padding = padding
        self.device = device
        self.precision = precision
        self.lower_starts = True
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.model.set_precision(precision)
        self.model.to(device).use_channels_last()
        blocks = make_blocks(self.model)
        freed = FreedMemory() if device.type == "cpu" else None
        self.blocks = PlannedBlocks(blocks, blocks_for_tiles(blocks, self.model), freed)
        self.planner = Planner(
            model.config,
            precision,
            device,
            limits or Limits(),
            self.blocks.extra_bytes,
            self.blocks.by_size,
        )
        self._make_blocks = make_blocks
        self._original = None if precision == torch.float32 else model
        self._exact: Engine | None = None

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def copies(self) -> int:
        """Each frame is made once."""
        return 1

    def as_published(self) -> Engine:
        """The same network without padding, its motion found from the trained start alone."""
        bare = copy.copy(self)
        bare.padding = Padding(multiple=1)
        bare.lower_starts = False
        bare._exact = None
        return bare

    def describe(self) -> str:
        """Device, precision, threads and the way to compute in a few words."""
        return (
            f"{describe_device(self.device, self.precision)}, {describe_blocks(self.blocks.whole)}"
        )

    @torch.inference_mode()
    def prepare(self, image: Tensor) -> Frame:
        """Pad a frame, (B, 3, H, W) float32 on any device, and extract its features.

        Raises:
            DeviceError: not enough memory, in the smallest tiles too.
        """
        size = padded_size(size_of(image), self.padding, self.model.config.smallest_side)

        def work(plan: Plan) -> Frame:
            moved = image.to(self.device, torch.float32)
            padded, box = pad(moved, self.padding, self.model.config.smallest_side)
            return Frame(self.blocks, contiguous(padded), box, self.precision, plan)

        return self._within_memory(image.shape[0], size, work)

    @torch.inference_mode()
    def pair(self, frame0: Frame, frame1: Frame) -> Pair:
        """Estimate the motion between two frames of one size.

        Raises:
            DeviceError: as for `prepare`.
        """

        def work(plan: Plan) -> Pair:
            frame0.use(plan)
            frame1.use(plan)
            start = self._find_start(frame0, frame1) if self.lower_starts else None
            first = start.flow if start else None
            flows = estimate_flow(self.blocks, frame0, frame1, plan.tile_px, first)
            return Pair(frame0, frame1, *flows, start=start)

        return self._within_memory(frame0.batch, frame0.size(0), work)

    @torch.inference_mode()
    def make(self, pair: Pair, t: float) -> Tensor:
        """The frame at time t, (B, 3, H, W) float32, finite, neither clipped nor rounded.

        Raises:
            DeviceError: as for `prepare`.
            WeightsError: float32 cannot hold it either.
        """
        if pair.exact is not None and self._exact is not None:
            return self._exact.make(pair.exact, t)
        frames, flows = (pair.frame0, pair.frame1), (pair.flow_01, pair.flow_10)

        def work(plan: Plan) -> Tensor:
            for frame in frames:
                frame.use(plan)
            return synthesize(self.blocks, frames, flows, t, plan.tile_px)

        padded = self._within_memory(frames[0].batch, frames[0].size(0), work)
        image = frames[0].box.crop(padded)
        if all(bool(x.isfinite().all()) for x in (image, pair.flow_01[0], pair.flow_10[0])):
            return image
        return self._make_exactly(pair, t)

    def confidence(self, pair: Pair) -> Confidence:
        """How sure frames of this pair are."""
        return pair.confidence

    def flows(self, pair: Pair) -> tuple[Tensor, Tensor]:
        """Motion 0→1 and 1→0, (B, 2, H, W) float32, pixels of the frames without padding."""
        box = pair.frame0.box
        return box.crop(pair.flow_01[0]), box.crop(pair.flow_10[0])

    def _find_start(self, frame0: Frame, frame1: Frame) -> Start | None:
        return find_start(self.blocks, self._coarse(frame0), self._coarse(frame1))

    def _coarse(self, frame: Frame) -> FrameFeatures:
        """The whole image pyramid, and the features of its coarsest levels."""
        config = self.model.config
        levels = range(decision_level(config), config.pyramid_levels)
        wholes = ((level, Region(0, 0, *frame.size(level))) for level in levels)
        features = [frame.features(level, whole) for level, whole in wholes]
        return FrameFeatures(images=frame.images, features=features)

    def _within_memory(self, batch: int, size: Size, work: Callable[[Plan], Made]) -> Made:
        """Work by the plan for a size, and by smaller ones as often as memory does not suffice."""
        plan, demand = self.planner.plan(batch, size), self.planner.demand(batch, size)
        while True:
            self.blocks.follow(whole=demand.is_whole(plan), kept_bytes=demand.kept(plan))
            try:
                return work(plan)
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not is_memory_error(error):
                    raise
            # Only here, past the error, are the tensors free that its traceback held.
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            plan = self.planner.shrink(batch, size)

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
                self.planner.limits,
                self._make_blocks,
            )
            self._exact.lower_starts = self.lower_starts
        if pair.exact is None:
            log.warning(
                "frames left the range of %s; made again in float32",
                str(self.precision).removeprefix("torch."),
            )
            frames = (self._exact_frame(frame) for frame in (pair.frame0, pair.frame1))
            pair.exact = self._exact.pair(*frames)
        return self._exact.make(pair.exact, t)

    def _exact_frame(self, frame: Frame) -> Frame:
        """The frame in float32; both sets of features at once would be too much to hold."""
        if frame.exact is None and self._exact is not None:
            frame.drop_features()
            frame.exact = self._exact.prepare(frame.picture)
        return frame if frame.exact is None else frame.exact
