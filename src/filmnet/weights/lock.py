"""One process at a time for what two must not do at once.

The system holds the lock and gives it back when its process ends, however that ends: no lock is
ever stale. Its file is empty and goes with the lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from filmnet.errors import WeightsError

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What systems answer about a lock that another has."""


@contextlib.contextmanager
def only_process(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock of `path`, a file `NAME.lock` beside it, for a `with` block.

    Args:
        path: what is worked on; its folder must exist.
        doing: what another process does that has the lock, as in "downloading film.pt".

    Raises:
        WeightsError: another process has the lock, or there can be none in this folder.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        file = lock.open("ab")
    except OSError as error:
        raise _cannot_lock(lock, error) from error
    with file:
        _acquire(lock, file.fileno(), doing)
        try:
            yield
        finally:
            if sys.platform != "win32":
                lock.unlink(missing_ok=True)
    if sys.platform == "win32":  # where an open file cannot be removed
        with contextlib.suppress(OSError):
            lock.unlink()


def _acquire(lock: Path, handle: int, doing: str) -> None:
    held = WeightsError(f"another process is {doing}; try again when it is done")
    try:
        _take(handle)
    except OSError as error:
        raise held if error.errno in HELD else _cannot_lock(lock, error) from error
    try:
        same = os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        same = False
    if not same:  # its last owner removed it after it was opened here
        raise held


def _cannot_lock(lock: Path, error: OSError) -> WeightsError:
    return WeightsError(
        f"{lock} cannot be written and locked ({error.strerror}); "
        "set FILMNET_CACHE to another folder"
    )
