"""Steps on the disk that a kill or a power cut leaves done or not done, never half."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PART, _GONE = ".part", "gone"


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    if path.is_dir() and os.name == "nt":  # which has no such thing for folders
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Wait until the disk has a file, or a folder with the files in it."""
    if path.is_dir():
        for inside in path.iterdir():
            sync(inside)
    sync(path)


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a file that is there whole or not at all."""
    part = path.with_name(path.name + _PART)
    part.write_text(json.dumps(facts, indent=1), "utf-8")
    sync(part)
    part.replace(path)
    sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file, or a folder, which loses its name before anything in it goes."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    gone = path.with_name(_GONE)
    shutil.rmtree(gone, ignore_errors=True)
    if path != gone:
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
