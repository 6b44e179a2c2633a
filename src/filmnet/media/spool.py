"""Pictures kept on disk, losslessly: for what has to be seen twice and is too much for memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from filmnet.errors import OutputError
from filmnet.media.pixels import Picture

PART_PREFIX = ".filmnet-"
"""What the names of our unfinished files begin with."""


class Spool:
    """A row of pictures in a nameless temporary file, gone when closed or when the program ends.

    Args:
        folder: where the file lies; it takes about as much room as the pictures as PNG files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder, prefix=PART_PREFIX)  # noqa: SIM115 - kept
        self._starts = [0]

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, picture: Picture) -> None:
        """Keep one more picture, (H, W, 3), uint8 or uint16.

        Raises:
            OutputError: the disk is full.
        """
        data = encode_png(picture, effort=1)
        try:
            self._file.seek(self._starts[-1])
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise OutputError(
                f"{self._folder}: no room to keep frames until they are needed ({error.strerror})"
            ) from error
        self._starts.append(self._starts[-1] + len(data))

    def __getitem__(self, index: int) -> Picture:
        """The picture at `index`, equal in every bit."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        self._file.seek(self._starts[index])
        data = self._file.read(self._starts[index + 1] - self._starts[index])
        picture = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
        return swap_red_and_blue(picture)

    def __iter__(self) -> Iterator[Picture]:
        return (self[i] for i in range(len(self)))

    def close(self) -> None:
        """Give the disk space back."""
        with suppress(OSError):  # what a full disk did not take is tried once more, and not needed
            self._file.close()


def encode_png(picture: Picture, *, effort: int) -> bytes:
    """A picture as a PNG file of its own depth.

    Args:
        picture: (H, W, 3), or (H, W, 4) with alpha, uint8 or uint16.
        effort: of compression, 1 to 9.
    """
    _, data = cv2.imencode(
        ".png", swap_red_and_blue(picture), [cv2.IMWRITE_PNG_COMPRESSION, effort]
    )
    return bytes(data)


def swap_red_and_blue(picture: Picture) -> Picture:
    """RGB to OpenCV's order of channels or back; alpha, if there, stays the last."""
    has_alpha = picture.shape[2] == 4
    return np.asarray(
        cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA if has_alpha else cv2.COLOR_RGB2BGR)
    )
