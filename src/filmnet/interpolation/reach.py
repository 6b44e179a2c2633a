"""Motion that is too large for the trained pyramid is met by starting at a lower resolution.

All coarse levels of FILM share one flow predictor and have features of the same meaning, so that
the pyramid may be longer than in training with the same weights:

    level       … 4    5    6 │ 7    8    9      6: the coarsest trained, 1/64
    trained       ◀────◀────● │
    deeper        ◀────◀────◀─┼─◀────●           each extra level doubles the reach

Both ways are followed to a level that is still small. The deeper start is taken only where
the photos, moved onto each other, then fit clearly better; otherwise nothing at all changes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from filmnet.interpolation.blocks import Blocks
from filmnet.model import FilmConfig, FrameFeatures
from filmnet.model.warp import resize_flow, warp

log = logging.getLogger(__name__)

SMALLEST_SIDE_PX = 3
"""Levels below that show nothing of how things move."""

MOST_EXTRA_LEVELS = 4

DECISION_LEVELS = 1
"""Refinements from the coarsest trained level to the one at which starts are compared."""

MARGIN = 0.85
"""Share of the trained start's squared error under which a deeper start is taken."""

LEAST_GAIN = (4 / 255) ** 2
"""By which it must be smaller besides: what is dark or flat fits well anyhow."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Motion found below the coarsest trained level, for the estimate to start from."""

    extra_levels: int
    """Levels below the coarsest trained one."""

    flow: Tensor
    """(2B, 2, H, W) on the grid of the coarsest trained level, 0→1 first."""

    reason: str
    """What was seen, in words."""


def decision_level(config: FilmConfig) -> int:
    """The pyramid level at which starts are compared; features from there on are needed."""
    return max(config.pyramid_levels - 1 - DECISION_LEVELS, config.specialized_levels)


def find_start(blocks: Blocks, frame0: FrameFeatures, frame1: FrameFeatures) -> Start | None:
    """A deeper start for this pair, or None where the trained one will do.

    Several pairs at once, which might need different starts, keep the trained one.

    Args:
        blocks: the network's convolutions.
        frame0: the whole image pyramid, of `config.pyramid_levels`, and the features of its
            coarsest levels, from `decision_level` on or from a finer one.
        frame1: the same of the other frame.
    """
    levels = blocks.config.pyramid_levels
    depth = _extra_levels(frame0.images[levels - 1])
    if not depth or frame0.images[0].shape[0] > 1:
        return None
    images0, images1 = (_extended(frame.images[:levels], depth) for frame in (frame0, frame1))
    both = [torch.cat(pair) for pair in zip(images0, images1, strict=True)]
    own = _features(blocks, frame0, frame1, both)
    level = decision_level(blocks.config)
    seen = both[max(level - 1, 0)]
    trained = _error(seen, descend(blocks, own, None, levels - 1, level))
    if trained <= LEAST_GAIN:
        return None
    best, taken = trained, None
    for coarsest in range(levels, levels + depth):
        begin = descend(blocks, own, None, coarsest, levels)
        error = _error(seen, descend(blocks, own, begin, levels - 1, level))
        if error >= best:
            break
        best, taken = error, (coarsest, begin)
    if taken is None or best > min(MARGIN * trained, trained - LEAST_GAIN):
        return None
    coarsest, begin = taken
    size = own[levels - 1].shape[-2], own[levels - 1].shape[-1]
    reason = (
        f"started at 1/{2**coarsest} instead of 1/{2 ** (levels - 1)}: moved onto "
        f"each other, the photos then differ by {255 * best**0.5:.0f} instead of "
        f"{255 * trained**0.5:.0f} levels of 255"
    )
    log.info("%s", reason)
    return Start(extra_levels=coarsest - levels + 1, flow=resize_flow(begin, size), reason=reason)


def descend(
    blocks: Blocks, own: dict[int, Tensor], flow: Tensor | None, first: int, last: int
) -> Tensor:
    """Flow of both directions at level `last`, estimated from level `first` on.

    Args:
        blocks: the network's convolutions.
        own: features by level, (2B, C, H, W), frame 0 first.
        flow: that of the level below `first`, (2B, 2, H, W), or None to start there.
        first: the coarsest level.
        last: the finest.
    """
    for level in range(first, last - 1, -1):
        features = own[level]
        other = torch.cat(features.chunk(2)[::-1])
        if flow is None:
            flow = blocks.residual_flow(level, features, other)
        else:
            flow = resize_flow(flow, (features.shape[-2], features.shape[-1]))
            flow = flow + blocks.residual_flow(level, features, warp(other, flow))
    if flow is None:
        raise ValueError(f"level {first} is finer than level {last}")
    return flow


def _extra_levels(coarsest: Tensor) -> int:
    """How many more levels the picture has room for."""
    side, extra = min(coarsest.shape[-2:]), 0
    while side >> (extra + 1) >= SMALLEST_SIDE_PX and extra < MOST_EXTRA_LEVELS:
        extra += 1
    return extra


def _extended(images: list[Tensor], depth: int) -> list[Tensor]:
    """An image pyramid with more levels below."""
    longer = list(images)
    for _ in range(depth):
        longer.append(F.avg_pool2d(longer[-1], 2))
    return longer


def _features(
    blocks: Blocks, frame0: FrameFeatures, frame1: FrameFeatures, images: list[Tensor]
) -> dict[int, Tensor]:
    """Features by level from `decision_level` to the end of the longer pyramid, both frames."""
    config = blocks.config
    missing = config.pyramid_levels - len(frame0.features)
    own = {
        level: torch.cat((frame0.features[level - missing], frame1.features[level - missing]))
        for level in range(decision_level(config), config.pyramid_levels)
    }
    first = config.pyramid_levels - config.sub_levels + 1
    columns = {
        level: blocks.column(
            images[level].contiguous(memory_format=torch.channels_last),
            min(config.sub_levels, len(images) - level),
        )
        for level in range(first, len(images))
    }
    for level in range(config.pyramid_levels, len(images)):
        own[level] = torch.cat(
            [columns[level - stage][stage] for stage in range(config.sub_levels)], dim=1
        )
    return own


def _error(images: Tensor, flow: Tensor) -> float:
    """Mean squared difference of each picture from the other, moved onto it.

    Args:
        images: (2B, 3, H, W), of the level next finer than the flow's, where there is one.
        flow: (2B, 2, h, w).
    """
    other = torch.cat(images.chunk(2)[::-1])
    if flow.shape[-2:] != images.shape[-2:]:
        flow = resize_flow(flow, (images.shape[-2], images.shape[-1]))
    return float((images - warp(other, flow)).square().mean())
