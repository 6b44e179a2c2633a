"""Reading photos: JPEG, PNG, WebP, TIFF, HEIC, AVIF, BMP and GIF (of moving ones the first frame).

A photo comes out upright, in sRGB, opaque (what was transparent is white): (H, W, 3), uint8, or
uint16 where a PNG, TIFF or HEIC holds more than 8 bits per sample.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from filmnet.errors import InputError
from filmnet.media.photo_decoders import OpenPhoto, open_photo, quiet_decoders
from filmnet.media.photo_list import PathLike
from filmnet.media.pixels import Picture

__all__ = ["MAX_PIXELS", "PhotoInfo", "probe_photo", "read_photo"]

MAX_PIXELS = 200_000_000
"""Pixels of the largest photo that is decoded unless the caller allows more."""


@dataclass(frozen=True, kw_only=True)
class PhotoInfo:
    """What is known of a photo before its pixels are decoded."""

    path: Path
    """The file."""

    width: int
    """Pixels, as shown: after the EXIF orientation."""

    height: int
    """Pixels, as shown."""

    dtype: type[np.uint8] | type[np.uint16]
    """What `read_photo` will return."""


def probe_photo(path: PathLike, *, max_pixels: int = MAX_PIXELS) -> PhotoInfo:
    """Size and depth of a photo, from its header.

    Raises:
        InputError: a file that is missing, empty, no photo, damaged at its start, or too large.
    """
    path = Path(path)
    with _opened(path, max_pixels) as photo:
        return PhotoInfo(path=path, width=photo.width, height=photo.height, dtype=photo.dtype)


def read_photo(path: PathLike, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a photo: upright, sRGB, transparent parts white.

    Args:
        path: the file; its content decides on the format, not its extension.
        max_pixels: more than that, by the header, is refused before anything is decoded.

    Returns:
        (H, W, 3), uint8 or, for deeper PNG, TIFF and HEIC, uint16.

    Raises:
        InputError: a file that is missing, empty, no photo, damaged, cut short, or too large.
    """
    with _opened(Path(path), max_pixels) as photo:
        return photo.decode()


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[OpenPhoto]:
    """A photo of bearable size, open; everything that goes wrong with it as one InputError."""
    if max_pixels < 1:
        raise InputError(f"max_pixels is {max_pixels}, but has to be 1 or more")
    _check_file(path)
    try:
        with path.open("rb") as file, quiet_decoders():
            photo = open_photo(file, max_pixels=max_pixels)
            if photo is None:
                raise InputError(
                    f"{path}: this is not a photo (JPEG, PNG, WebP, TIFF, HEIC, AVIF, BMP or GIF)"
                )
            _check_size(path, photo, max_pixels)
            yield photo
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{path}: more megapixels than the limit of {max_pixels / 1e6:.0f}; "
            "pass a higher --max-pixels if you trust it"
        ) from error
    except MemoryError as error:
        raise InputError(f"{path}: too little memory to read this photo") from error
    except Exception as error:
        raise InputError(
            f"{path}: this photo is damaged or cut short ({_reason(error)})"
        ) from error


def _check_file(path: Path) -> None:
    try:
        size_bytes = path.stat().st_size
    except (OSError, ValueError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else _reason(error)
        raise InputError(f"{path}: {reason}") from error
    if not path.is_file():
        raise InputError(f"{path}: this is not a file")
    if size_bytes == 0:
        raise InputError(f"{path}: this file is empty (0 bytes)")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: no permission to read this file")


def _check_size(path: Path, photo: OpenPhoto, max_pixels: int) -> None:
    pixels = photo.width * photo.height
    if pixels > max_pixels:
        raise InputError(
            f"{path}: {photo.width}x{photo.height} are {pixels / 1e6:.0f} megapixels, more than "
            f"the limit of {max_pixels / 1e6:.0f}; pass --max-pixels {pixels} if you trust it"
        )
    if pixels < 1:
        raise InputError(f"{path}: {photo.width}x{photo.height} pixels are no picture")


def _reason(error: BaseException) -> str:
    """An error's text on one line, or its kind if it has none."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:160] or type(error).__name__
