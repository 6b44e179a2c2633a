"""A worker's own folder for what it fetches and makes; those of killed workers are swept away."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filmnet.media.file_lock import take_lock

_PREFIX = "filmnet-worker-"


class Scratch:
    """A folder that is this process' as long as it lives.

    Args:
        root: where to make it; None for the system's folder of temporary files.
    """

    def __init__(self, root: Path | None = None) -> None:
        root = root or Path(tempfile.gettempdir())
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        self._lock = (self.path / "lock").open("wb")
        with suppress(OSError):  # a file system without locks: nobody sweeps there
            take_lock(self._lock.fileno())
        self.inputs = self.path / "inputs"
        self.outputs = self.path / "outputs"
        self.clear()

    def clear(self) -> None:
        """Make room for the next job."""
        for folder in (self.inputs, self.outputs):
            self.clear_folder(folder)

    @staticmethod
    def clear_folder(folder: Path) -> None:
        """Empty one of the folders."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def remove(self) -> None:
        """Give the disk space back."""
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Remove the folders of processes that are no more."""
    for folder in root.glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / "lock").open("r+b") as lock:
            if take_lock(lock.fileno()):
                shutil.rmtree(folder, ignore_errors=True)
