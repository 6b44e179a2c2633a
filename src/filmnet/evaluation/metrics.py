"""Distances between a made frame and the true one."""

from __future__ import annotations

import torch
from torch import Tensor


def psnr(made: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB, values in [0, 1].

    Args:
        made: (B, 3, H, W).
        truth: (B, 3, H, W).

    Returns:
        (B,); infinite for equal pictures.

    Source: tf.image.psnr with max_val 1, as in the published evaluation.
    """
    error = (made.float() - truth.float()).square().mean(dim=(1, 2, 3))
    return -10 * torch.log10(error)
