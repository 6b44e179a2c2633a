"""How a run knows that the output is complete, though it was killed before it had tidied up.

    part ─ announce ─▶ finished.json ─ put_in_place ─▶ the target ─▶ pieces and finished.json go

Without it the target would be in the way of the run that made it. Frames that move into a folder
of their own one by one may be in both places; the rest is brought after them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from filmnet.media.frames_writer import FRAME_NAMES
from filmnet.media.on_disk import write_json
from filmnet.media.output_spec import is_folder_path
from filmnet.media.photo_list import PathLike
from filmnet.media.spool import PART_PREFIX

ANNOUNCEMENT, PART = "finished.json", "part"


def folder_of_pieces(target: Path, beside: Path) -> Path:
    """Where the pieces of an output lie.

    Args:
        target: the output.
        beside: where they would begin: the target's folder, or the target.
    """
    name = f"{PART_PREFIX}{target.name}"
    inside = target / name
    return inside if (inside / ANNOUNCEMENT).exists() else beside / name


def announce(folder: Path, target: Path, facts: Mapping[str, Any]) -> None:
    """Write down what the part in a folder of pieces is about to become.

    Args:
        folder: with the part, of which the disk has every byte.
        target: what it will be.
        facts: what to know of it then, as JSON has it; `frames` at least.
    """
    known = target if target in folder.parents else folder / PART
    write_json(folder / ANNOUNCEMENT, {**facts, "target": _identity(known)})


def is_announced(output: PathLike) -> bool:
    """Whether what has an output's name was announced by a run that was not done tidying up."""
    target = Path(os.path.realpath(output))
    if is_folder_path(output) and _read(target / f"{PART_PREFIX}{target.name}", target):
        return True
    return bool(_read(target.parent / f"{PART_PREFIX}{target.name}", target))


def find_finished(folder: Path, target: Path) -> dict[str, Any]:
    """The facts of a target that is complete as announced; nothing otherwise.

    To be called by the one that may write there: frames that are still on their way are moved.

    Raises:
        OSError: they cannot be.
    """
    facts = _read(folder, target)
    if not facts or target not in folder.parents:
        return facts
    part = folder / PART
    if part.is_dir():
        for frame in sorted(part.iterdir()):
            frame.rename(target / frame.name)
        part.rmdir()
    frames = sum(fnmatch(path.name, FRAME_NAMES) for path in target.iterdir())
    return facts if frames == facts["frames"] else {}


def _read(folder: Path, target: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads((folder / ANNOUNCEMENT).read_text("utf-8"))
        if facts["target"] == _identity(target):
            return dict(facts)
    return {}


def _identity(path: Path) -> list[int]:
    """What tells a file from any other that may come to have its name."""
    status = path.stat()
    if path.is_dir():
        return [status.st_ino]
    return [status.st_ino, status.st_size, status.st_mtime_ns]
