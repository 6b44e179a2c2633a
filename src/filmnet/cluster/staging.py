"""What workers leave beside the outputs until a job has ended, so that nothing done is lost.

    OUT/.filmnet-batch/JOB/begun                          this batch may replace the job's output
    OUT/.filmnet-batch/JOB/PLAN/000000240-000000480.mkv   finished pieces of a divided video

A piece has its name when it is complete. PLAN is made of all that decides the pictures, so that
pieces of other options or weights are never mixed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filmnet.cluster import storage
from filmnet.cluster.job import Job
from filmnet.errors import OutputError

FOLDER = ".filmnet-batch"
_BEGUN = "begun"
_PIECE = re.compile(r"(?P<start>\d{9})-(?P<stop>\d{9})\.mkv")


@dataclass(frozen=True)
class StagedPiece:
    """A finished piece: frames [start, stop)."""

    path: str
    start: int
    stop: int


def staging_folder(output: str, job: Job) -> str:
    """Where a job's unfinished work lies."""
    return storage.locate(f"{FOLDER}/{job.key}", output)


def begin(folder: str, job: Job) -> None:
    """Claim a job's output: a later try may replace it, but not what was there before.

    Raises:
        OutputError: the output exists, and is not this batch's to replace.
    """
    mark = f"{folder}/{_BEGUN}"
    if storage.exists(mark):
        return
    if storage.exists(job.output) and not job.options.get("overwrite"):
        raise OutputError(f"{job.output}: this file exists; pass --overwrite to replace it")
    storage.write_text(mark, job.fingerprint)


def give_up(folder: str) -> None:
    """Let go of a job's output; finished pieces stay for another run."""
    storage.remove(f"{folder}/{_BEGUN}")
    if not storage.list_folder(folder):
        storage.remove(folder)


def find_pieces(folder: str, plan: str) -> list[StagedPiece]:
    """All finished pieces of a plan, in order."""
    found = [
        StagedPiece(entry.path, int(match["start"]), int(match["stop"]))
        for entry in storage.list_folder(f"{folder}/{plan}/") or []
        if (match := _PIECE.fullmatch(entry.name))
    ]
    return sorted(found, key=lambda piece: piece.start)


def first_missing(pieces: list[StagedPiece], start: int, length: int) -> tuple[int, bool]:
    """Where a stretch that begins at `start` has to go on.

    Returns:
        The first frame that is missing, and whether a short piece says that no more come.
    """
    at = start
    for piece in pieces:
        if piece.start == at:
            at = piece.stop
            if piece.stop - piece.start < length:
                return at, True
    return at, False
