"""Whatever colour a photo comes in, as RGB under sRGB: grey, palette, CMYK, profiles, alpha.

A video has no transparency, so what is transparent in a photo becomes white. A profile that is
damaged, or that belongs to another kind of picture, is passed over, as viewers do.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from filmnet.media.icc import MatrixProfile, parse_profile
from filmnet.media.pixels import Picture, to_depth

_ROWS_SAMPLES = 1 << 24
"""Samples that are converted at a time: bounds the memory of 16-bit conversion."""

_ALPHA_MODES = ("RGBA", "RGBa", "LA", "La", "PA")


def image_to_rgb(image: Image.Image, profile: bytes | None) -> NDArray[np.uint8]:
    """An 8-bit picture of any mode as (H, W, 3) sRGB, transparent parts white.

    Args:
        image: of any mode of 8 bits or fewer per sample.
        profile: its ICC profile, if it has one.

    Raises:
        ValueError: a mode that holds no picture of 8 bits.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise ValueError(f"samples of the kind {image.mode} are not supported")
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = image.convert("RGBA")
        rgb = np.asarray(_to_srgb(image.convert("RGB"), profile))
        return over_white(rgb, np.asarray(image.getchannel("A"))[..., None])
    if image.mode in ("1", "P", "RGBX", "HSV"):
        image = image.convert("RGB")
    return np.array(_to_srgb(image, profile).convert("RGB"))


def samples_to_rgb(
    samples: NDArray[np.uint16], profile: bytes | None, *, premultiplied: bool = False
) -> NDArray[np.uint16]:
    """A 16-bit picture as (H, W, 3) sRGB, transparent parts white.

    Profiles made of tables are applied in 8 bits: the colours are right, the extra depth is lost.

    Args:
        samples: (H, W, C): grey, grey and alpha, RGB, or RGB and alpha.
        profile: its ICC profile, if it has one.
        premultiplied: whether the colours have been multiplied by alpha.
    """
    rows = max(1, _ROWS_SAMPLES // (samples.shape[1] * samples.shape[2]))
    matrix = parse_profile(profile) if profile else None
    rgb = np.empty((*samples.shape[:2], 3), np.uint16)
    for top in range(0, len(samples), rows):
        part = samples[top : top + rows]
        colours = part[..., : 1 if part.shape[2] < 3 else 3]
        converted = _convert_samples(colours, matrix, profile)
        if part.shape[2] in (2, 4):
            converted = over_white(converted, part[..., -1:], premultiplied=premultiplied)
        rgb[top : top + rows] = converted
    return rgb


def over_white(rgb: Picture, alpha: Picture, *, premultiplied: bool = False) -> Picture:
    """Lay a picture over white.

    Args:
        rgb: (H, W, 3), uint8 or uint16.
        alpha: (H, W, 1) of the same type; 0 is transparent.
        premultiplied: whether the colours have been multiplied by alpha.

    Returns:
        (H, W, 3) of the same type, rounded; untouched where it is opaque.
    """
    white = np.iinfo(rgb.dtype).max
    weight = alpha.astype(np.float32) / white
    colour = rgb.astype(np.float32) * (1 if premultiplied else weight)
    laid = np.rint(colour + white * (1 - weight)).clip(0, white)
    return laid.astype(rgb.dtype)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, RGB, CMYK, LAB or YCbCr from its profile to RGB; as it is where that fails."""
    if not profile:
        return image
    matrix = parse_profile(profile)
    if matrix is not None and matrix.is_srgb:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    return image if converted is None else converted


def _convert_samples(
    colours: NDArray[np.uint16], matrix: MatrixProfile | None, profile: bytes | None
) -> Picture:
    """(H, W, 1 or 3) to (H, W, 3) sRGB."""
    channels = colours.shape[2]
    if matrix is not None and len(matrix.curves) == channels and not matrix.is_srgb:
        return matrix.to_srgb(colours)
    if matrix is None and profile and channels == 3:
        image = Image.fromarray(to_depth(colours, np.uint8))
        converted = _to_srgb(image, profile)
        if converted is not image:
            return to_depth(np.asarray(converted), np.uint16)
    return np.repeat(colours, 3, axis=2) if channels == 1 else colours


def orient(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn and mirror (H, W, C) samples as the EXIF orientation (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        samples = samples.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return samples
