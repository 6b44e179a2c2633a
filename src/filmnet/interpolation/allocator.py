"""Keeping freed memory, so that the next layer need not ask the system again.

glibc hands blocks of this size back to the system at every release and gets fresh, zeroed
pages at the next request; on a CPU that took 45 % of a 1280x720 midpoint (docs/performance.md).
"""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD = -1
M_TOP_PAD = -2
M_MMAP_MAX = -4
M_ARENA_MAX = -8
KEEP_BYTES = 2**31 - 1
GROW_BYTES = 64 * 2**20


def keep_freed_memory() -> bool:
    """Tell glibc to serve large blocks from its heap and to keep what is freed.

    Returns:
        Whether this took effect; elsewhere than on glibc nothing is done.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = (
        (M_ARENA_MAX, 1),  # threads' own heaps, autograd's among them, would hand memory back
        (M_MMAP_MAX, 0),
        (M_TRIM_THRESHOLD, KEEP_BYTES),
        (M_TOP_PAD, GROW_BYTES),
    )
    return all(bool(mallopt(option, value)) for option, value in settings)
