"""The processes of Ray as Linux shows them: to kill one, and to see that none is left."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

PROC = Path("/proc")
WORKING = "ray::_RayWorker.run"
"""How Ray names the process of an actor that is at work."""


def read(pid, name):
    """A file of a process as text; empty if the process is gone."""
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / name).read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def alive():
    """Numbers of all processes that have not ended."""
    for folder in PROC.iterdir():
        if folder.name.isdigit() and _state(folder.name) not in ("", "Z"):
            yield int(folder.name)


def parent(pid):
    """Number of the process that started another; 0 if there is none."""
    fields = read(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0


def descends(pid, ancestor):
    """Whether a process was started by another, or by one that it started."""
    while pid > 1:
        if pid == ancestor:
            return True
        pid = parent(pid)
    return False


def kill_a_worker(driver):
    """Kill a worker that is at work for a driver; false if there is none."""
    for pid in alive():
        if read(pid, "cmdline").startswith(WORKING) and descends(pid, driver):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def mentioning(text):
    """Living processes in whose command line or environment a text stands: number, command."""
    return {
        pid: read(pid, "cmdline")
        for pid in alive()
        if text in read(pid, "cmdline") + read(pid, "environ")
    }


def wait_until_gone(text, seconds=150):
    """Wait until no process mentions a text; returns those that still do."""
    deadline = time.monotonic() + seconds
    while (left := mentioning(text)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def listening(pids):
    """Where processes listen: (address in hexadecimal, port)."""
    sockets = {target for pid in pids for target in _handles(pid) if target.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found


def _state(pid):
    return (read(pid, "stat").rpartition(")")[2].split() or [""])[0]


def _handles(pid):
    with contextlib.suppress(OSError):
        for handle in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(handle.readlink())
