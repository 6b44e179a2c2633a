"""Where the finished pieces of a long video lie, and what says whose they are.

    .filmnet-OUT/   lock   manifest.json   000000000-000000240.mkv   000000240-000000480.mkv …

A piece has its name, which says its frames as [start, stop), only when it is complete and on the
disk; so after a kill or a power cut each piece is whole or absent.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmnet.errors import OutputError
from filmnet.media.file_lock import take_lock

_LOCK, _MANIFEST, _PART = "lock", "manifest.json", "part"
_NAME = re.compile(r"(?P<start>\d{9})-(?P<stop>\d{9})(\.\w+)?")


@dataclass(frozen=True)
class Segment:
    """A finished piece."""

    path: Path
    """A file of encoded pictures, or a folder of PNG files."""

    start: int
    """Number of its first frame."""

    stop: int
    """Number of the frame after its last."""


class SegmentFolder:
    """The folder of pieces of one output; see `open_segment_folder`."""

    def __init__(self, path: Path, segments: list[Segment], remarks: tuple[str, ...]) -> None:
        self.path = path
        self.segments = segments
        self.remarks = remarks

    @property
    def frames(self) -> int:
        """Frames in the finished pieces."""
        return self.segments[-1].stop if self.segments else 0

    @property
    def part(self) -> Path:
        """Name for the piece that is being written, or for what they are joined into."""
        return self.path / _PART

    def finish_part(self, frames: int, extension: str) -> None:
        """The part becomes the next piece, of this many frames, when the disk has it."""
        start, stop = self.frames, self.frames + frames
        path = self.path / f"{start:09d}-{stop:09d}{extension}"
        sync(self.part)
        self.part.rename(path)
        sync(self.path)
        self.segments.append(Segment(path, start, stop))

    def drop_part(self) -> None:
        """Remove what is not complete."""
        _remove(self.part)

    def remove(self) -> None:
        """Remove everything, when the output is complete.

        The last piece goes first and the manifest late, so that a kill leaves what can be resumed.
        """
        for segment in reversed(self.segments):
            _remove(segment.path)
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def open_segment_folder(
    path: Path, *, target: str, manifest: Mapping[str, Any], resume: bool
) -> Iterator[SegmentFolder]:
    """Take a folder of pieces for oneself, afresh or as an earlier run left it.

    Args:
        path: the folder; its parent exists.
        target: what the user calls the output.
        manifest: all that decides the pictures, by name; values as JSON has them.
        resume: keep the pieces of an earlier run; else they are removed.

    Raises:
        OutputError: pieces that another manifest made, another process at work on them, or a
            folder that cannot be written.
    """
    try:
        path.mkdir(exist_ok=True)
        lock = (path / _LOCK).open("ab")
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
    with lock:
        if not _is_ours(lock.fileno(), path / _LOCK):
            raise OutputError(
                f"{target}: another run is writing this; wait, or choose another name"
            )
        try:
            segments, remarks = _earlier(path, target=target, manifest=manifest, resume=resume)
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
        folder = SegmentFolder(path, segments, remarks)
        try:
            yield folder
        finally:
            folder.drop_part()
            if not folder.segments:
                folder.remove()


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder and what lies under them."""
    if path.is_dir():
        for inside in path.iterdir():
            if inside.is_file() and path.name == _PART:
                sync(inside)
        if os.name == "nt":  # which has no such thing for folders
            return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_ours(handle: int, path: Path) -> bool:
    try:
        taken = take_lock(handle)
    except OSError:  # a file system without locks, where nobody else has one either
        return True
    with suppress(FileNotFoundError):
        return taken and os.path.samestat(os.fstat(handle), path.stat())
    return False  # its last owner removed it after it was opened here


def _earlier(
    path: Path, *, target: str, manifest: Mapping[str, Any], resume: bool
) -> tuple[list[Segment], tuple[str, ...]]:
    """What is kept of an earlier run, and what to say about it."""
    segments = _find(path)
    if resume and segments:
        _check(path, target, manifest)
        _clean(path, keep={_LOCK, _MANIFEST, *(segment.path.name for segment in segments)})
        return segments, ()
    _clean(path, keep={_LOCK})
    _write_manifest(path, manifest)
    if resume:
        return [], ("nothing is kept of an earlier run, so this one starts at the first frame",)
    if segments:
        frames = segments[-1].stop
        return [], (f"starts afresh; {frames} frames of an unfinished run are thrown away",)
    return [], ()


def _find(path: Path) -> list[Segment]:
    """The pieces from the first frame on without a gap; none without a manifest."""
    segments: list[Segment] = []
    if not (path / _MANIFEST).exists():
        return segments
    for name in sorted(inside.name for inside in path.iterdir()):
        match = _NAME.fullmatch(name)
        if match and int(match["start"]) == (segments[-1].stop if segments else 0):
            segments.append(Segment(path / name, int(match["start"]), int(match["stop"])))
    return segments


def _check(path: Path, target: str, manifest: Mapping[str, Any]) -> None:
    try:
        kept = json.loads((path / _MANIFEST).read_text("utf-8"))
    except ValueError:
        kept = {}
    wanted = json.loads(json.dumps(manifest))
    others = [name for name in {**kept, **wanted} if kept.get(name) != wanted.get(name)]
    if others:
        raise OutputError(
            f"{target}: what is kept of an unfinished run differs in {', '.join(others)}; "
            "run without --resume to start afresh"
        )


def _write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    part = path / f"{_MANIFEST}.{_PART}"
    part.write_text(json.dumps(manifest, indent=1), "utf-8")
    sync(part)
    part.replace(path / _MANIFEST)
    sync(path)


def _clean(path: Path, keep: set[str]) -> None:
    for inside in path.iterdir():
        if inside.name not in keep:
            _remove(inside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
