"""How much memory there is, and how much a user allows."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import torch

from filmnet.errors import InputError

MEMINFO = Path("/proc/meminfo")

CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
"""Limit and use of a container's memory: version 2 of Linux's control groups, then version 1."""

UNKNOWN_BYTES = 4 * 10**9
"""What is taken for free where the system does not tell."""

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def parse_bytes(text: str) -> int:
    """A size such as `4GB`, `512 MB`, `1.5GiB`.

    Raises:
        InputError: no such size, or none above zero.
    """
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([KMG]?i?B?)\s*", text, re.IGNORECASE)
    unit = match.group(2).upper() if match else ""
    if unit and not unit.endswith("B"):
        unit += "B"
    size = int(float(match.group(1)) * _UNITS[unit]) if match and unit in _UNITS else 0
    if size < 1:
        raise InputError(f"memory {text!r} is no size; write it as 4GB or 512MB")
    return size


def free_bytes(device: torch.device) -> int:
    """Memory that a device can still give, in bytes."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + kept)
    found = [size for size in (_free_in_system(), _free_in_container()) if size is not None]
    return max(min(found), 0) if found else UNKNOWN_BYTES


def _free_in_system() -> int | None:
    """What Linux calls available; elsewhere half of what is built in."""
    if sys.platform == "linux" and MEMINFO.is_file():
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _free_in_container() -> int | None:
    """What the container's limit leaves, where there is one."""
    limits = (_left(limit, used) for limit, used in CGROUPS)
    return next((size for size in limits if size is not None), None)


def _left(limit: Path, used: Path) -> int | None:
    try:
        return int(limit.read_text()) - int(used.read_text())
    except (OSError, ValueError):  # no such file, or `max`: no limit
        return None
