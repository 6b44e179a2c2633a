"""The measures of a run: what each one is, which way is better, and what it is taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from torch import Tensor

from filmnet.evaluation import metrics
from filmnet.evaluation.kinds import Protocol

Aim = Literal["high", "low", "one"]


class Frames(NamedTuple):
    """What a measure may look at, each (1, 3, H, W) in [0, 1] on one device."""

    image0: Tensor
    made: Tensor
    truth: Tensor
    image1: Tensor


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One column of a table."""

    name: str
    """In files."""

    label: str
    """In tables."""

    aim: Aim
    """Which values are good."""

    digits: int
    """After the point, in tables."""

    definition: str
    """In a line."""

    of: Callable[[Frames], Tensor] = field(repr=False)
    """The value, (1,); a ValueError says why pictures have none."""

    networks: dict[str, Any] = field(default_factory=dict)
    """Weights that it was taken with: file names and sha256."""


PSNR = Measure(
    name="psnr",
    label="PSNR (dB)",
    aim="high",
    digits=2,
    definition="peak signal-to-noise ratio in dB, mean of per-picture values",
    of=lambda frames: metrics.psnr(frames.made, frames.truth),
)
SSIM = Measure(
    name="ssim",
    label="SSIM",
    aim="high",
    digits=4,
    definition="tf.image.ssim: per channel, Gaussian of 11x11 and sigma 1.5 inside the picture",
    of=lambda frames: metrics.ssim(frames.made, frames.truth),
)
SSIM_MATLAB = Measure(
    name="ssim_matlab",
    label="ssim_matlab",
    aim="high",
    digits=4,
    definition="one Gaussian of 11x11x11 and sigma 1.5 over channel, row and column",
    of=lambda frames: metrics.ssim_matlab(frames.made, frames.truth),
)
FLICKER = Measure(
    name="flicker",
    label="flicker",
    aim="low",
    digits=3,
    definition="mean |Δmade − Δtrue| between neighbouring frames, 0 to 255, odd frames made",
    of=lambda frames: metrics.flicker(*frames),
)
GRADIENT_RATIO = Measure(
    name="gradient_ratio",
    label="gradient energy",
    aim="one",
    digits=3,
    definition="gradient energy of made over that of real frames; below 1 is softer",
    of=lambda frames: metrics.gradient_ratio(frames.made, frames.truth),
)


def choose_measures(
    protocol: Protocol, perceptual: Sequence[Measure] = (), *, sequences: bool = False
) -> list[Measure]:
    """The columns of a table.

    Args:
        protocol: decides on SSIM.
        perceptual: measures that need networks, as far as these are at hand.
        sequences: whether triplets come from clips.
    """
    similarity = SSIM if protocol is Protocol.film else SSIM_MATLAB
    temporal = [FLICKER, GRADIENT_RATIO] if sequences else []
    return [PSNR, similarity, *perceptual, *temporal]
