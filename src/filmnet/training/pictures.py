"""Frames of training data: from a file's bytes to pixels, and what goes wrong on the way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError
from filmnet.media.photo_decoders import open_photo, quiet_decoders
from filmnet.media.photo_list import PHOTO_EXTENSIONS
from filmnet.media.photos import MAX_PIXELS
from filmnet.media.pixels import to_depth

Pixels = NDArray[np.uint8]
"""(H, W, 3), RGB."""


class SampleError(RecipeError):
    """A frame that cannot be used, found while samples are made.

    A worker's error reaches the training as the text of its traceback. Of that, only the
    sentence at its end is kept.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message.rpartition(f"{type(self).__name__}: ")[2].strip())


def is_picture_name(name: str) -> bool:
    """Whether a file's name is that of a picture, and not hidden."""
    return not name.startswith(".") and name.lower().endswith(PHOTO_EXTENSIONS)


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        SampleError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SampleError(f"{path}: cannot be read ({error.strerror})") from error


def decode_picture(data: bytes, name: str) -> Pixels:
    """A picture from its file's content, (H, W, 3) uint8, upright and in sRGB.

    Args:
        data: the file's content.
        name: what errors call it.

    Raises:
        SampleError: no picture, a damaged or a giant one.
    """
    with _decoder_errors(name), quiet_decoders():
        photo = open_photo(io.BytesIO(data), max_pixels=MAX_PIXELS)
        if photo is not None and photo.width * photo.height <= MAX_PIXELS:
            return np.asarray(to_depth(photo.decode(), np.uint8), dtype=np.uint8)
    raise SampleError(f"{name}: {'more pixels than any frame has' if photo else 'no picture'}")


@contextmanager
def _decoder_errors(name: str) -> Iterator[None]:
    """Whatever a decoder objects to, as one sentence."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise SampleError(f"{name}: damaged or cut short ({reason})") from error
