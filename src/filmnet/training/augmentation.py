"""Augmentation: more triplets from few, by changes that leave a triplet a true one.

The changes fall on whole frames, the same on all three, in the published order; the crop follows.

    quarter turn ─▶ mirror ─▶ rotation ─▶ swap of the inputs (t becomes 1 - t) ─▶ channels
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.generic]
"""(H, W, 3), RGB, uint8 or float32."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Which changes real triplets undergo, and how often.

    Layered scenes, which are random in all else, take part in `channel_shuffle_probability` alone.

    Raises:
        ValueError: a value that cannot be.
    """

    quarter_turns: bool = True
    """Turn by 0, 90, 180 or 270 degrees, each as often."""

    mirror_probability: float = 0.5
    """Exchange left and right."""

    rotation_probability: float = 0.0
    """Rotate by a free angle: bilinear, black where the frame does not reach."""

    rotation_degrees: float = 45.0
    """Largest such angle, either way."""

    swap_probability: float = 0.5
    """Exchange the two inputs."""

    channel_shuffle_probability: float = 0.3
    """Exchange red, green and blue at random; the published training does not."""

    def __post_init__(self) -> None:
        for kind in ("mirror", "rotation", "swap", "channel_shuffle"):
            probability = getattr(self, f"{kind}_probability")
            if not 0 <= probability <= 1:
                raise ValueError(f"{kind}_probability {probability} is not within 0..1")
        if not 0 <= self.rotation_degrees <= 180:
            raise ValueError(f"rotation_degrees {self.rotation_degrees} is not within 0..180")

    def draw(self, generator: np.random.Generator) -> Change:
        """One change, at random; it takes the same number of draws whatever the settings."""
        quarter = int(generator.integers(4))
        is_mirrored, is_rotated, is_swapped, is_shuffled = generator.random(4)
        degrees = float(generator.uniform(-self.rotation_degrees, self.rotation_degrees))
        first, second, third = (int(channel) for channel in generator.permutation(3))
        return Change(
            quarter_turns=quarter if self.quarter_turns else 0,
            mirrored=bool(is_mirrored < self.mirror_probability),
            degrees=degrees if is_rotated < self.rotation_probability else 0.0,
            swapped=bool(is_swapped < self.swap_probability),
            channels=(first, second, third)
            if is_shuffled < self.channel_shuffle_probability
            else (0, 1, 2),
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to one triplet; the defaults leave it as it is."""

    quarter_turns: int = 0
    """Turns by 90 degrees, counter-clockwise."""

    mirrored: bool = False

    degrees: float = 0.0
    """Rotation after that, counter-clockwise."""

    swapped: bool = False

    channels: tuple[int, int, int] = (0, 1, 2)
    """Which channel becomes red, green and blue."""

    def apply(self, frames: Sequence[Frame], t: float) -> tuple[list[Frame], float]:
        """Change a triplet.

        Args:
            frames: image 0, truth and image 1, (H, W, 3) each.
            t: time of the truth, in (0, 1).

        Returns:
            The three frames in the same order, and the truth's time between them.
        """
        changed = [quarter_turn(frame, self.quarter_turns) for frame in frames]
        if self.mirrored:
            changed = [mirror(frame) for frame in changed]
        if self.degrees:
            changed = [rotate(frame, self.degrees) for frame in changed]
        if self.swapped:
            changed, t = swap(changed, t)
        return self.recolour(changed), t

    def recolour(self, frames: Sequence[Frame]) -> list[Frame]:
        """Exchange the channels alone."""
        if self.channels == (0, 1, 2):
            return list(frames)
        return [frame[..., self.channels] for frame in frames]


def quarter_turn(frame: Frame, turns: int) -> Frame:
    """Turn a frame counter-clockwise by `turns` times 90 degrees: (H, W, 3) or (W, H, 3)."""
    return np.rot90(frame, turns)


def mirror(frame: Frame) -> Frame:
    """Exchange left and right."""
    return frame[:, ::-1]


def rotate(frame: Frame, degrees: float) -> NDArray[np.float32]:
    """Rotate a frame counter-clockwise about its centre: bilinear, black outside, float32.

    Source: FILM's training; equals tfa.image.rotate with bilinear interpolation.
    """
    height, width = frame.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    # In floats, since a rounding here would be one that the published training has not.
    pixels = np.ascontiguousarray(frame, dtype=np.float32)
    return np.asarray(
        cv2.warpAffine(
            pixels,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        ),
        dtype=np.float32,
    )


def swap(frames: Sequence[Frame], t: float) -> tuple[list[Frame], float]:
    """Let the triplet run backwards."""
    return list(frames[::-1]), 1 - t
