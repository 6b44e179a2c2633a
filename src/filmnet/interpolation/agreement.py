"""How well two frames fit each other once they are moved onto each other: how sure a result is.

images, flows ─ coarse level ─▶ each picture from the other ─▶ what is left ─▶ Confidence

Made frames mix the two photos after moving them. Where the moved photos disagree, the mixture
shows both: a ghost. So the error of each photo moved onto the other foretells the error of what
is made better than the disagreement of the two flows does (docs/photos.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from filmnet.model.warp import warp

Reason = Literal["motion", "content", "brightness"]

LONGEST_SIDE_PX = 256
"""The comparison takes place at the finest level that is no larger than that."""

ERROR_SCALE = 20 / 255
"""Root mean square of what is left between the moved photos at which confidence is one half."""

BRIGHTNESS_SCALE = 64 / 255
"""The same for a change of brightness, from which alone no ghosts come."""

LOW = 0.5

HISTOGRAM_BINS = 4
SAME_SCENE = 0.7
"""Overlap of the two photos' colour histograms under which they show different things."""

MOST_GAIN = 4.0


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """How sure what is made between two frames is, and what speaks against it."""

    value: float
    """From 0, nothing fits, to 1, the same picture twice; ghosts are likely below one half."""

    error: float
    """Root mean square of what is left between each photo and the other, moved onto it and brought
    to its brightness; of values in [0, 1]."""

    brightness: float
    """Root mean square of the change in brightness, likewise."""

    flow_error_px: float
    """Mean distance from where one comes out by following one flow and then the other back."""

    flow_error: float
    """The same as a share of the mean motion, 0 where nothing moves."""

    hidden: float
    """Share of pixels that the other photo does not show, by the disagreement of the flows."""

    motion_px: float
    """Length of the largest motion, of 99 in 100 pixels."""

    reason: Reason
    """In what the photos differ most."""

    @property
    def is_low(self) -> bool:
        """Whether ghosts are likely."""
        return self.value < LOW

    def describe(self) -> str:
        """In what the photos differ most, in a few words with figures."""
        details = {
            "motion": f"motion (up to {self.motion_px:.0f} px; {self.hidden:.0%} does not match)",
            "content": f"content ({self.hidden:.0%} does not match)",
            "brightness": f"brightness (by {255 * self.brightness:.0f} levels of 255)",
        }
        return details[self.reason]


@torch.inference_mode()
def compare(
    images0: Sequence[Tensor],
    images1: Sequence[Tensor],
    flow_01: Sequence[Tensor],
    flow_10: Sequence[Tensor],
) -> Confidence:
    """Judge a pair by its image and flow pyramids, at a level whose cost does not grow.

    Args:
        images0: pyramid of image 0, finest first, each (B, 3, H_i, W_i) in [0, 1].
        images1: pyramid of image 1.
        flow_01: flow from 0 to 1, finest first, each (B, 2, H_i, W_i), pixels of its level.
        flow_10: flow from 1 to 0.
    """
    level = coarse_level(images0)
    images = torch.cat((images0[level], images1[level])).float()
    flows = torch.cat((flow_01[level], flow_10[level])).nan_to_num(0, 0, 0)
    moved = warp(_swapped(images), flows)
    error, brightness = _photo_errors(images, moved)
    value = 1 / (1 + (error / ERROR_SCALE) ** 2 + (brightness / BRIGHTNESS_SCALE) ** 2)
    length, distance, hidden = _flow_errors(flows)
    scale = 2**level
    return Confidence(
        value=value,
        error=error,
        brightness=brightness,
        flow_error_px=scale * float(distance.mean()),
        flow_error=float(distance.mean() / length.mean().clamp(min=1e-6)),
        hidden=float(hidden.float().mean()),
        motion_px=scale * _quantile(length, 0.99),
        reason=_reason(images, error, brightness),
    )


def coarse_level(images: Sequence[Tensor]) -> int:
    """The finest level whose sides are `LONGEST_SIDE_PX` at most, else the coarsest."""
    sides = [max(image.shape[-2:]) for image in images]
    small = (level for level, side in enumerate(sides) if side <= LONGEST_SIDE_PX)
    return next(small, len(sides) - 1)


def _swapped(both: Tensor) -> Tensor:
    """The other frame's half first."""
    return torch.cat(both.chunk(2)[::-1])


def _photo_errors(images: Tensor, moved: Tensor) -> tuple[float, float]:
    """What is left between pictures, and what their brightness makes of it; root mean squares."""
    adapted = _with_brightness_of(images, moved)
    left, change = (images - adapted).square(), (adapted - moved).square()
    return float(left.mean().sqrt()), float(change.mean().sqrt())


def _with_brightness_of(images: Tensor, others: Tensor) -> Tensor:
    """`others` with the mean and spread that each channel has in `images`."""
    plane = (2, 3)
    mean, other_mean = images.mean(plane, keepdim=True), others.mean(plane, keepdim=True)
    spread, other_spread = (_spread(pictures) for pictures in (images, others))
    gain = (spread / other_spread).clamp(1 / MOST_GAIN, MOST_GAIN)
    return mean + gain * (others - other_mean)


def _spread(images: Tensor) -> Tensor:
    """Standard deviation per channel; one grey level at least, so that flat pictures have none."""
    return images.var((2, 3), correction=0, keepdim=True).add(1 / 255**2).sqrt()


def _flow_errors(flows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Per pixel: length of motion, distance from where there and back leads, whether hidden.

    Source of the bound: Sundaram, Brox, Keutzer, "Dense point trajectories by GPU-accelerated
    large displacement optical flow", 2010.
    """
    back = warp(_swapped(flows), flows)
    squares = flows.square().sum(1) + back.square().sum(1)
    distance = (flows + back).norm(dim=1)
    return flows.norm(dim=1), distance, distance.square() > 0.01 * squares + 0.5


def _quantile(values: Tensor, share: float) -> float:
    """The value that `share` of all do not exceed."""
    rank = max(round(share * values.numel()), 1)
    return float(values.flatten().kthvalue(rank).values)


def _reason(images: Tensor, error: float, brightness: float) -> Reason:
    if brightness / BRIGHTNESS_SCALE > error / ERROR_SCALE:
        return "brightness"
    image0, image1 = images.chunk(2)
    return "motion" if _histogram_overlap(image0, image1) >= SAME_SCENE else "content"


def _histogram_overlap(image0: Tensor, image1: Tensor) -> float:
    """Which share of the colours the pictures have in common, wherever they are."""
    shares = [_histogram(image) for image in (image0, image1)]
    return float(torch.minimum(*shares).sum())


def _histogram(image: Tensor) -> Tensor:
    bins = (image * HISTOGRAM_BINS).long().clamp(0, HISTOGRAM_BINS - 1)
    red, green, blue = bins.unbind(dim=1)
    colours = (red * HISTOGRAM_BINS + green) * HISTOGRAM_BINS + blue
    return torch.bincount(colours.flatten(), minlength=HISTOGRAM_BINS**3) / colours.numel()
