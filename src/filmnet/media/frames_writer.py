"""Writing a folder of PNG frames, named `frame_00.png` … with as many digits as it takes."""

from __future__ import annotations

from pathlib import Path

from filmnet.media.pixels import Picture
from filmnet.media.spool import encode_png

FRAME_NAMES = "frame_*.png"
"""What our frames are called."""

_EFFORT = 4
_DIGITS_WHILE_WRITING = 9


class FramesWriter:
    """A folder of PNG frames being written; 16-bit pictures stay 16-bit."""

    def __init__(self, folder: Path) -> None:
        """Make the folder."""
        self._folder = folder
        self._frames = 0
        folder.mkdir()

    def write(self, picture: Picture) -> None:
        """Append a picture (H, W, 3), uint8 or uint16."""
        data = encode_png(picture, effort=_EFFORT)
        self._path(self._frames, _DIGITS_WHILE_WRITING).write_bytes(data)
        self._frames += 1

    def close(self) -> None:
        """Give the frames the digits that their number needs."""
        for i in range(self._frames):
            name = frame_name(i, self._frames)
            self._path(i, _DIGITS_WHILE_WRITING).rename(self._folder / name)

    def abort(self) -> None:
        """Nothing is open; the folder is its owner's to remove."""

    def _path(self, index: int, digits: int) -> Path:
        return self._folder / f"frame_{index:0{digits}d}.png"


def frame_name(index: int, count: int) -> str:
    """What a frame is called, with the digits that the last of `count` frames needs."""
    return f"frame_{index:0{len(str(max(count - 1, 0)))}d}.png"
