"""Distances between a made frame and the true one, by the definitions of the two protocols.

All take (B, 3, H, W) in [0, 1] and give (B,). No library has both definitions of SSIM: common ones
pad before they filter and crop less, or filter one plane at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW_PX = 11
SIGMA_PX = 1.5
C1, C2 = 0.01**2, 0.03**2


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


def ssim(made: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity, each channel by itself, where the window lies inside the picture.

    Args:
        made: (B, 3, H, W); sides of at least 11 pixels.
        truth: (B, 3, H, W).

    Returns:
        (B,); 1 for equal pictures.

    Raises:
        ValueError: a side under 11 pixels.

    Source: tf.image.ssim with max_val 1, as in the published evaluation.
    """
    if min(made.shape[-2:]) < WINDOW_PX:
        height, width = made.shape[-2:]
        raise ValueError(
            f"{width}x{height} is too small for SSIM, which needs {WINDOW_PX} pixels on each side; "
            f"use --protocol community"
        )
    return _similarity(made.float(), truth.float(), _blur_inside)


def ssim_matlab(made: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity with one window over channel, row and column, borders repeated.

    Values are higher than those of `ssim`.

    Args:
        made: (B, 3, H, W), any size.
        truth: (B, 3, H, W).

    Returns:
        (B,); 1 for equal pictures.

    Source: what papers on frame interpolation after RIFE call `ssim_matlab`.
    """
    return _similarity(made.float(), truth.float(), _blur_volume)


def flicker(image0: Tensor, made: Tensor, truth: Tensor, image1: Tensor) -> Tensor:
    """How far the steps into and out of a made frame differ from the true steps.

    The mean of |Δmade − Δtrue| over both steps, with Δ the difference of neighbouring frames. Since
    the neighbours are real frames, this is the mean absolute error of the made frame.

    Args:
        image0: (B, 3, H, W), the real frame before.
        made: the same shape.
        truth: the same shape.
        image1: the same shape, the real frame after.

    Returns:
        (B,), on the scale of 0 to 255.
    """
    into = ((made - image0) - (truth - image0)).abs().mean(dim=(1, 2, 3))
    out_of = ((image1 - made) - (image1 - truth)).abs().mean(dim=(1, 2, 3))
    return 255 * (into + out_of) / 2


def gradient_ratio(made: Tensor, truth: Tensor) -> Tensor:
    """Gradient energy of the made frame over that of the true one: below 1 is softer.

    Args:
        made: (B, 3, H, W).
        truth: (B, 3, H, W).

    Returns:
        (B,); 1 where both are flat.
    """
    ours, theirs = gradient_energy(made), gradient_energy(truth)
    return torch.where(ours == theirs, torch.ones_like(ours), ours / theirs)


def gradient_energy(image: Tensor) -> Tensor:
    """Mean square of the differences of neighbouring pixels, along rows and columns; (B,)."""
    across, down = image.float().diff(dim=-1), image.float().diff(dim=-2)
    return across.square().mean(dim=(1, 2, 3)) + down.square().mean(dim=(1, 2, 3))


def _similarity(made: Tensor, truth: Tensor, blur: Callable[[Tensor], Tensor]) -> Tensor:
    mean0, mean1 = blur(made), blur(truth)
    squares = blur(made * made + truth * truth) - mean0 * mean0 - mean1 * mean1
    product = blur(made * truth) - mean0 * mean1
    luminance = (2 * mean0 * mean1 + C1) / (mean0 * mean0 + mean1 * mean1 + C1)
    return (luminance * (2 * product + C2) / (squares + C2)).mean(dim=(1, 2, 3))


def _blur_inside(image: Tensor) -> Tensor:
    """Gaussian over rows and columns, where it lies inside: (B, 3, H - 10, W - 10)."""
    window = _window(image)
    planes = image.reshape(-1, 1, *image.shape[-2:])
    planes = F.conv2d(F.conv2d(planes, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
    return planes.reshape(*image.shape[:2], *planes.shape[-2:])


def _blur_volume(image: Tensor) -> Tensor:
    """Gaussian over channels, rows and columns, borders repeated: (B, 3, H, W)."""
    window = _window(image)
    volume = F.pad(image[:, None], (WINDOW_PX // 2,) * 6, mode="replicate")
    for shape in ((1, 1, -1, 1, 1), (1, 1, 1, -1, 1), (1, 1, 1, 1, -1)):
        volume = F.conv3d(volume, window.view(shape))
    return volume[:, 0]


def _window(like: Tensor) -> Tensor:
    """The Gaussian along one axis, (11,), which sums to 1."""
    steps = torch.arange(WINDOW_PX, dtype=like.dtype, device=like.device) - WINDOW_PX // 2
    return torch.softmax(-steps.square() / (2 * SIGMA_PX**2), dim=0)
