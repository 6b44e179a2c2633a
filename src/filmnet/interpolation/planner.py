"""Chooses a plan for each size of frames once, says so when that means tiles, and shrinks it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch

from filmnet.errors import DeviceError, InputError
from filmnet.interpolation.memory import free_bytes
from filmnet.interpolation.plan import Demand, Plan, candidates, fastest, smallest
from filmnet.interpolation.region import Size
from filmnet.interpolation.tiling import SMALLEST_TILE_PX, fusion_tiles
from filmnet.model import FilmConfig

log = logging.getLogger(__name__)

SHARE = 0.8
"""Of what is free: the rest is left to other programs and to what was not counted."""

SHRUNK = 0.75
"""What the next smaller plan may need of what was not there."""

PROGRAM_BYTES = 600_000_000
"""What Python, PyTorch and the weights take; a limit that is asked for includes it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a user allows.

    Raises:
        InputError: a limit that makes no sense.
    """

    memory_bytes: int | None = None
    """Of the whole program; by default a share of what is free when frames of a size come up."""

    tile_px: int | None = None
    """Side of a tile; by default what the memory allows."""

    stored_level: int | None = None
    """Finest level whose features are held; by default what the memory allows."""

    frames: int = 2
    """How many frames are held at a time."""

    copies: int = 1
    """How many mirrored copies of each are held, with the motion between them."""

    def __post_init__(self) -> None:
        if self.tile_px is not None and self.tile_px < SMALLEST_TILE_PX:
            raise InputError(f"tiles of {self.tile_px} px are too small; use {SMALLEST_TILE_PX} up")
        if self.memory_bytes is not None and self.memory_bytes <= PROGRAM_BYTES:
            raise InputError(
                f"{gigabytes(self.memory_bytes)} are not enough for the program alone; "
                f"allow {gigabytes(2 * PROGRAM_BYTES)} or more"
            )


class Planner:
    """Plans for one network on one device.

    Args:
        config: the network's architecture.
        precision: of its features.
        device: whose memory counts.
        limits: what a user allows.
        extra_bytes: what the way to compute takes beside the weights.
        by_size: whether that way keeps memory for each size of pictures.
    """

    def __init__(
        self,
        config: FilmConfig,
        precision: torch.dtype,
        device: torch.device,
        limits: Limits,
        extra_bytes: int = 0,
        by_size: bool = False,
    ) -> None:
        self.limits = limits
        self._config = config
        self._value_bytes = precision.itemsize
        self._device = device
        self._extra_bytes = extra_bytes
        self._by_size = by_size
        self._plans: dict[tuple[int, Size], Plan] = {}

    def plan(self, batch: int, size: Size) -> Plan:
        """The plan for frames of a padded size.

        Raises:
            DeviceError: no plan fits into the memory that is there, or allowed.
        """
        if (batch, size) not in self._plans:
            self._plans[batch, size] = self._choose(self.demand(batch, size))
        return self._plans[batch, size]

    def shrink(self, batch: int, size: Size) -> Plan:
        """The next smaller plan, after the memory did not suffice for the present one.

        Raises:
            DeviceError: there is none.
        """
        demand, current = self.demand(batch, size), self.plan(batch, size)
        most = SHRUNK * demand.needed(current)
        plans = [plan for plan in self._candidates(None) if demand.needed(plan) <= most]
        smaller = min(plans, key=demand.cost, default=None)
        if smaller is None:
            height, width = size
            raise DeviceError(
                f"not enough memory for frames of {width}x{height}, {_tiles(current)}; "
                f"use smaller photos, --precision bfloat16, or --device cpu"
            )
        log.warning("not enough memory; %s", describe_plan(smaller, demand))
        self._plans[batch, size] = smaller
        return smaller

    def demand(self, batch: int, size: Size) -> Demand:
        """What determines how much memory plans for frames of a padded size take."""
        return Demand(
            config=self._config,
            size=size,
            value_bytes=self._value_bytes,
            batch=batch,
            frames=self.limits.frames,
            copies=self.limits.copies,
            extra_bytes=self._extra_bytes,
            by_size=self._by_size,
        )

    def _candidates(self, tile_px: int | None) -> list[Plan]:
        return candidates(self._config, tile_px, self.limits.stored_level)

    def _choose(self, demand: Demand) -> Plan:
        plans = self._candidates(self.limits.tile_px)
        budget, bearable = self._budget()
        plan = fastest(plans, demand, budget)
        if plan is None:
            plan = smallest(plans, demand)
            _check_bearable(plan, demand, bearable)
        if plan.tile_px < max(demand.size):
            log.info("%s", describe_plan(plan, demand))
        return plan

    def _budget(self) -> tuple[float, float]:
        """Bytes to plan with, and bytes beyond which it is no use to begin."""
        if self.limits.memory_bytes is not None:
            allowed = self.limits.memory_bytes - PROGRAM_BYTES
            return allowed, allowed
        free = free_bytes(self._device)
        return SHARE * free, free


def describe_plan(plan: Plan, demand: Demand) -> str:
    """What a plan means, in one line."""
    height, width = demand.size
    taken = gigabytes(demand.estimate(plan) + PROGRAM_BYTES)
    if plan.tile_px >= max(demand.size):
        return f"{width}x{height} at once, about {taken}"
    levels = range(demand.config.fusion_pyramid_levels)
    tiles = fusion_tiles([(height >> k, width >> k) for k in levels], plan.tile_px)
    return f"{width}x{height} in {len(tiles)} {_tiles(plan)}, about {taken}"


def gigabytes(size_bytes: float) -> str:
    """As users read it."""
    return f"{size_bytes / 1e9:.1f} GB"


def _tiles(plan: Plan) -> str:
    return f"tiles of up to {plan.tile_px} px"


def _check_bearable(plan: Plan, demand: Demand, bearable: float) -> None:
    """Refuse what would bring the machine to a standstill."""
    taken = demand.estimate(plan)
    if taken > bearable:
        height, width = demand.size
        raise DeviceError(
            f"frames of {width}x{height} need about {gigabytes(taken + PROGRAM_BYTES)} even in "
            f"{_tiles(plan)}, and {gigabytes(bearable + PROGRAM_BYTES)} are there; use smaller "
            f"photos, --precision bfloat16, or another --memory"
        )
