"""Visitors' files: private folders with random names that do not outlive their use.

<temporary folder>/filmnet-web-RANDOM/     readable by this user alone
├── .lock                                  held while the server lives
└── VISITOR/
    ├── RANDOM/photo.jpg                   an upload
    └── RANDOM/filmnet.mp4                 a job's result

They go after an hour, when the server ends, or, if it was killed, when the next one starts: a
lock that can be taken belongs to nobody.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filmnet.errors import OutputError
from filmnet.media.file_lock import take_lock

PREFIX = "filmnet-web-"
LOCK = ".lock"
_BEING_MADE_SECONDS = 60
"""A folder without a lock may be one that another server is just making."""


class Workspace:
    """The folders of one running server.

    Args:
        base: where to make them; by default the system's temporary folder.
        keep_seconds: age from which `sweep` removes what is not in use.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(self, base: Path | None = None, *, keep_seconds: float = 3600) -> None:
        parent = Path(base or tempfile.gettempdir())
        remove_abandoned(parent)
        try:
            self.root = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX, dir=parent)))
            self._lock = (self.root / LOCK).open("wb")
            take_lock(self._lock.fileno())
        except OSError as error:
            raise OutputError(f"{parent}: no folder for visitors' files ({error})") from error
        self._keep_seconds = keep_seconds
        self._held: Counter[Path] = Counter()
        self._guard = threading.Lock()

    def new_folder(self, visitor: str) -> Path:
        """An empty folder of a visitor, for one upload or one job."""
        folder = self.root / visitor / secrets.token_hex(16)
        folder.mkdir(mode=0o700, parents=True)
        return folder

    def own_file(self, visitor: str, path: str) -> Path | None:
        """A file of this visitor, or None for everything else, links included."""
        home = self.root / visitor
        try:
            if not Path(path).is_absolute() or os.path.realpath(path) != os.path.normpath(path):
                return None
            found = Path(os.path.normpath(path))
            if found.is_relative_to(home) and stat.S_ISREG(found.lstat().st_mode):
                return found
        except (OSError, ValueError):
            pass
        return None

    @contextmanager
    def hold(self, *folders: Path) -> Iterator[None]:
        """Keep folders from `sweep` while a job reads or writes them."""
        with self._guard:
            self._held.update(folders)
        try:
            yield
        finally:
            with self._guard:
                self._held.subtract(folders)
                self._held += Counter()  # forgets what nobody holds
            for folder in folders:
                if folder.is_dir():
                    os.utime(folder)

    def sweep(self) -> None:
        """Remove what is older than is kept."""
        oldest = time.time() - self._keep_seconds
        with self._guard:
            for path in self._items():
                if path not in self._held and _changed(path) < oldest:
                    _remove(path)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)
        self._lock.close()
        shutil.rmtree(self.root, ignore_errors=True)  # what Windows kept for the open lock

    def _items(self) -> Iterator[Path]:
        """Uploads and jobs, folders of visitors who have none, and what else lies about."""
        for home in list(self.root.iterdir()):
            if home.name == LOCK:
                continue
            items = list(home.iterdir()) if home.is_dir() and not home.is_symlink() else []
            yield from items or [home]


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of servers that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or not _is_ours(found):
                continue
            lock = folder / LOCK
            if not lock.exists():
                if time.time() - found.st_mtime > _BEING_MADE_SECONDS:
                    _remove(folder)
                continue
            with lock.open("r+b") as handle:
                if take_lock(handle.fileno()):
                    _remove(folder)
        except OSError:
            continue


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return time.time()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
