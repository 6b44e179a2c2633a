from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from filmnet.interpolation.allocator import keep_freed_memory

FAULTS = """
import resource, torch
from filmnet.interpolation.allocator import keep_freed_memory
{call}
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(2):
    torch.ones(16_000_000)
before = faults()
for _ in range(8):
    torch.ones(16_000_000)
print(faults() - before)
"""


def page_faults(call: str) -> int:
    code = FAULTS.format(call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_large_blocks_are_served_again_without_new_pages() -> None:
    # Eight blocks of 64 MB, once two are used: hardly one needs new pages when freed ones are kept,
    # else each does, 4 KiB or 2 MiB at a time as the kernel likes (125,000 or 250 faults in all).
    assert page_faults("keep_freed_memory()") * 2 < page_faults("")


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert keep_freed_memory() is False
