"""A lock on an open file that the system gives back when its process ends, however that ends."""

from __future__ import annotations

import errno
import sys

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What systems answer about a lock that another has."""


def take_lock(handle: int) -> bool:
    """Lock an open file for as long as it is open; false if another process has the lock.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        _take(handle)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
