from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from filmnet.interpolation.allocator import FreedMemory, keep_freed_memory

HEAP = """
import ctypes
import torch
from filmnet.interpolation.allocator import keep_freed_memory

class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

mallinfo = ctypes.CDLL(None).mallinfo
mallinfo.restype = Figures
{call}
block = torch.ones(16_000_000)
mapped = mallinfo().hblkhd
del block
print(mapped, mallinfo().fordblks)
"""
"""What glibc itself says of a block of 64 MB: the kernel's page faults differ by machine."""


def mapped_and_kept(call: str) -> tuple[int, int]:
    """Bytes of the block that lie outside of the heap, and bytes free in the heap after it."""
    code = HEAP.format(call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    mapped, kept = map(int, done.stdout.split())
    return mapped, kept


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_a_large_block_comes_from_the_heap_which_keeps_it_when_freed() -> None:
    mapped, kept = mapped_and_kept("assert keep_freed_memory()")
    assert mapped < 64_000_000 <= kept


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert keep_freed_memory() is False


GAPS = """
import torch
from filmnet.interpolation.allocator import FreedMemory, keep_freed_memory, resident_bytes

keep_freed_memory()
freed = FreedMemory()
freed.allowed_bytes = 250_000_000
blocks = [torch.ones(1_000_000) for _ in range(50)]
del blocks[::2]
few = freed.hand_back()
blocks += [torch.ones(10_000_000) for _ in range(5)]
last = torch.ones(1_000_000)
before = resident_bytes()
del blocks
much = freed.hand_back()
print(few, much, freed.hand_back(), before - resident_bytes())
"""
"""Nothing is at the heap's end but `last`, so that glibc itself would hand nothing back."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc_trim is glibc's")
def test_freed_memory_is_handed_back_once_more_has_gathered_than_is_allowed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GAPS], capture_output=True, text=True, check=True, timeout=120
    )
    few, much, again, less = done.stdout.split()
    assert (few, much, again) == ("False", "True", "False")
    assert int(less) > 250_000_000


def test_elsewhere_nothing_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    freed = FreedMemory()
    freed.allowed_bytes = -1
    assert freed.hand_back() is False
