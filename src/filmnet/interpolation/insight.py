"""What the network saw between two frames: how things move, and what its motion makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from filmnet.interpolation.agreement import ERROR_SCALE, Confidence
from filmnet.media.pixels import to_array
from filmnet.model.warp import warp


@dataclass(frozen=True, kw_only=True, eq=False)
class Insight:
    """The steps between two photos and the frame between them; all have the photos' size."""

    image: NDArray[Any]
    """The made frame, (H, W, 3) of the photos' type."""

    flow_01: NDArray[np.float32]
    """Motion from image 0 to image 1, (2, H, W), (dx, dy) in pixels."""

    flow_10: NDArray[np.float32]
    """Motion from image 1 to image 0, likewise."""

    warped0: NDArray[Any]
    """Image 0 moved to the instant, (H, W, 3) of the photos' type."""

    warped1: NDArray[Any]
    """Image 1 moved to the instant, likewise."""

    agreement: NDArray[np.float32]
    """How well the two moved photos agree, (H, W), from 0 to 1, the same picture."""

    confidence: Confidence
    """How sure the pair as a whole is."""


@torch.inference_mode()
def look_inside(
    images: tuple[Tensor, Tensor],
    flows: tuple[Tensor, Tensor],
    t: float,
    made: NDArray[Any],
    confidence: Confidence,
) -> Insight:
    """Move the photos to an instant as the network does, and compare them there.

    Args:
        images: image 0 and image 1, (1, 3, H, W) in [0, 1].
        flows: 0→1 and 1→0, (1, 2, H, W), pixels.
        t: the instant, in (0, 1).
        made: the frame at that instant, (H, W, 3).
        confidence: of the pair.
    """
    (image0, image1), (flow_01, flow_10) = images, flows
    warped0 = warp(image0, flow_10 * t)
    warped1 = warp(image1, flow_01 * (1 - t))
    square = (warped0 - warped1).square().mean(1)
    agreement = 1 / (1 + square / ERROR_SCALE**2)
    return Insight(
        image=made,
        flow_01=_array(flow_01),
        flow_10=_array(flow_10),
        warped0=to_array(warped0, made.dtype),
        warped1=to_array(warped1, made.dtype),
        agreement=agreement[0].float().cpu().numpy(),
        confidence=confidence,
    )


def _array(flow: Tensor) -> NDArray[np.float32]:
    """(2, H, W) of a batch of one."""
    array: NDArray[np.float32] = flow[0].float().cpu().numpy()
    return array
