"""Folders for what is being worked on; those of killed processes are swept away by the next one."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filmnet.media.file_lock import take_lock


class OwnFolder:
    """A folder that is this process' as long as it lives.

    Args:
        prefix: of its name; folders of this prefix whose process is no more are removed.
        root: where to make it; None for the system's folder of temporary files.
    """

    def __init__(self, prefix: str, root: str | None = None) -> None:
        parent = Path(root or tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent, prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self._lock = (self.path / "lock").open("wb")
        with suppress(OSError):  # a file system without locks: nobody sweeps there
            take_lock(self._lock.fileno())

    def remove(self) -> None:
        """Give the disk space back."""
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


class Scratch(OwnFolder):
    """Where a worker keeps what it has fetched and what it makes."""

    def __init__(self, root: str | None = None) -> None:
        super().__init__("filmnet-worker-", root)
        self.inputs = self.path / "inputs"
        self.outputs = self.path / "outputs"
        empty_folder(self.inputs)
        empty_folder(self.outputs)


def empty_folder(folder: Path) -> None:
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _sweep(root: Path, prefix: str) -> None:
    """Remove the folders of processes that are no more."""
    for folder in root.glob(f"{prefix}*"):
        with suppress(OSError), (folder / "lock").open("r+b") as lock:
            if take_lock(lock.fileno()):
                shutil.rmtree(folder, ignore_errors=True)
