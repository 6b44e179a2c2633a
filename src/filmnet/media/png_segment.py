"""Pieces of a long video as PNG files: what is kept of pictures that stay RGB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from filmnet.media.pixels import Picture
from filmnet.media.spool import encode_png, swap_red_and_blue

_EFFORT = 4


class PngSegment:
    """A folder of PNG files, named by the number of their frame in the whole video."""

    def __init__(self, folder: Path, *, first: int) -> None:
        """Make the folder for frames from number `first` on."""
        self._folder = folder
        self._next = first
        folder.mkdir()

    def write(self, picture: Picture) -> None:
        """Append a picture (H, W, 3) or (H, W, 4), uint8 or uint16."""
        data = encode_png(picture, effort=_EFFORT)
        (self._folder / f"{self._next:09d}.png").write_bytes(data)
        self._next += 1

    def close(self) -> None:
        """Every file is complete already."""

    def abort(self) -> None:
        """Nothing is open; the folder is its owner's to remove."""


def segment_files(folder: Path) -> list[Path]:
    """The files of a piece, in order."""
    return sorted(folder.glob("*.png"))


def read_segment(folder: Path) -> Iterator[Picture]:
    """The pictures of a piece, equal in every bit."""
    for path in segment_files(folder):
        data = np.frombuffer(path.read_bytes(), np.uint8)
        yield swap_red_and_blue(np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED)))
