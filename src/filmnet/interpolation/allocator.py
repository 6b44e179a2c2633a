"""Keeping freed memory, so that the next layer need not ask the system again, but not too much.

glibc hands blocks of this size back to the system at every release and gets fresh, zeroed
pages at the next request; on a CPU that took 45 % of a 1280x720 midpoint (docs/performance.md).
Kept instead, the heap is full of gaps after tiles of many sizes, and grows from frame to frame.
"""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

M_TRIM_THRESHOLD = -1
M_TOP_PAD = -2
M_MMAP_MAX = -4
M_ARENA_MAX = -8
KEEP_BYTES = 2**31 - 1
GROW_BYTES = 64 * 2**20

STATM = Path("/proc/self/statm")


def keep_freed_memory() -> bool:
    """Tell glibc to serve large blocks from its heap and to keep what is freed.

    Returns:
        Whether this took effect; elsewhere than on glibc nothing is done.
    """
    if not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = (
        (M_ARENA_MAX, 1),  # threads' own heaps, autograd's among them, would hand memory back
        (M_MMAP_MAX, 0),
        (M_TRIM_THRESHOLD, KEEP_BYTES),
        (M_TOP_PAD, GROW_BYTES),
    )
    return all(bool(mallopt(option, value)) for option, value in settings)


class FreedMemory:
    """Freed memory that glibc keeps, handed back once more of it has gathered than is allowed.

    What gathered is what the process has grown by since the last time: its memory in use counts
    as well, which asks for handing back too early, never too late.
    """

    allowed_bytes = GROW_BYTES

    def __init__(self) -> None:
        self._trim = ctypes.CDLL(None).malloc_trim if _is_glibc() else None
        self._resident_bytes = resident_bytes()

    def hand_back(self) -> bool:
        """Hand all of it back if there is too much; whether that was so."""
        if self._trim is None or resident_bytes() <= self._resident_bytes + self.allowed_bytes:
            return False
        self._trim(0)
        self._resident_bytes = resident_bytes()
        return True


def resident_bytes() -> int:
    """Physical memory that the process has, 0 where the system does not tell."""
    try:
        pages = STATM.read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _is_glibc() -> bool:
    return platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"
