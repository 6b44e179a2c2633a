"""Pictures of 16 bits per sample in PNG and TIFF.

Pillow reads 16-bit grey whole, but of 16-bit colour the upper bytes only. FFmpeg reads all bits,
though fewer varieties of TIFF, and damage may pass it in silence. So Pillow decodes first, and
FFmpeg's samples are taken where their upper bytes are Pillow's.
"""

from __future__ import annotations

import io
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from filmnet.media.colour import image_to_rgb, orient, samples_to_rgb
from filmnet.media.pixels import Picture, to_depth


def decode_16_bit(
    image: Image.Image,
    data: bytes,
    container: str,
    *,
    orientation: int = 1,
    premultiplied: bool = False,
    inverted: bool = False,
) -> Picture:
    """Pillow's picture as (H, W, 3) sRGB uint16, with the bits that Pillow leaves out.

    Where FFmpeg cannot help, the upper bytes are repeated.

    Args:
        image: 16 bits per sample in its file; loaded.
        data: the file.
        container: FFmpeg's name for its format.
        orientation: by which Pillow has turned `image`, 1 to 8.
        premultiplied: whether the colours have been multiplied by alpha.
        inverted: whether grey 0 is white.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint16)[..., None]
        return samples_to_rgb(65535 - grey if inverted else grey, profile)
    samples = _samples(data, container)
    if samples is not None:
        samples = orient(samples, orientation)
        if _upper_bytes_are(samples, np.asarray(image)):
            return samples_to_rgb(samples, profile, premultiplied=premultiplied)
    return to_depth(image_to_rgb(image, profile), np.uint16)


def _samples(data: bytes, container: str) -> NDArray[np.uint16] | None:
    """(H, W, 3 or 4) samples; None where FFmpeg cannot read this variety of a format."""
    try:
        with av.open(io.BytesIO(data), "r", container) as source:
            frame = next(source.decode(video=0))
        alpha = len(frame.format.components) in (2, 4)
        samples = frame.to_ndarray(format="rgba64le" if alpha else "rgb48le")
    except (av.error.FFmpegError, StopIteration, ValueError):
        return None
    return cast(NDArray[np.uint16], samples)


def _upper_bytes_are(samples: NDArray[np.uint16], upper: NDArray[np.uint8]) -> bool:
    if samples.shape[:2] != upper.shape[:2] or upper.ndim != 3:
        return False
    channels = min(samples.shape[2], upper.shape[2])
    return bool((samples[..., :channels] >> 8 == upper[..., :channels]).all())
