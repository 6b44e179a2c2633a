"""Masks of cut-out shapes: blobs, thin bars, ragged patches; soft edges, sometimes holes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.floating]


def random_mask(side: int, generator: np.random.Generator) -> Mask:
    """A random shape inside a square, (side, side) in [0, 1], 1 where the shape is."""
    kind = generator.random()
    if kind < 0.5:
        mask = blob(side, generator)
    elif kind < 0.75:
        mask = ragged(side, generator)
    else:
        mask = bars(side, generator)
    if generator.random() < 0.2:
        mask = mask * (1 - blob(side, generator))
    return mask.astype(np.float32)


def blob(side: int, generator: np.random.Generator) -> Mask:
    """A closed curve around the middle whose radius swings with the angle."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - (side - 1) / 2
    angle = np.arctan2(y, x)
    radius = np.full_like(angle, side * generator.uniform(0.12, 0.42))
    for k in range(2, 8):
        swing = generator.normal(0, 0.25 / k)
        radius *= 1 + swing * np.cos(k * angle + generator.uniform(0, 2 * np.pi))
    return _soft(radius - np.hypot(x, y), generator)


def ragged(side: int, generator: np.random.Generator) -> Mask:
    """Smooth noise above a level, inside a blob."""
    cells = int(generator.integers(4, 12))
    noise = generator.normal(0, 1, (cells, cells)).astype(np.float32)
    smooth = cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)
    distance = (smooth + generator.uniform(-0.3, 0.5)) * side / cells
    return np.minimum(_soft(distance, generator), blob(side, generator))


def bars(side: int, generator: np.random.Generator) -> Mask:
    """A few thin straight bars: poles, wires, fingers."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - (side - 1) / 2
    mask: Mask = np.zeros((side, side), dtype=np.float32)
    for _ in range(int(generator.integers(1, 5))):
        angle = generator.uniform(0, np.pi)
        across = x * np.cos(angle) + y * np.sin(angle) - generator.uniform(-0.4, 0.4) * side
        along = -x * np.sin(angle) + y * np.cos(angle)
        inside = np.minimum(
            generator.uniform(0.7, 4.0) - np.abs(across),
            generator.uniform(0.2, 0.5) * side - np.abs(along),
        )
        mask = np.maximum(mask, _soft(inside, generator))
    return mask


def _soft(distance_px: NDArray[np.floating], generator: np.random.Generator) -> Mask:
    """Alpha from the distance to the edge, positive inside; softer or sharper."""
    width = float(np.exp(generator.uniform(np.log(0.4), np.log(2.5))))
    return np.asarray(np.clip(0.5 + distance_px / (2 * width), 0, 1), dtype=np.float32)
