"""Where the finished pieces of a long video lie, and what says whose they are.

    .filmnet-OUT/   lock   manifest.json   000000000-000000240.mkv   000000240-000000480.mkv …

A piece has its name, which says its frames as [start, stop), only while it is complete and on the
disk: it gets it last, and loses it before anything of it goes. So after a kill or a power cut each
piece is whole or absent.
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
from filmnet.media.announcement import ANNOUNCEMENT, PART, announce, find_finished
from filmnet.media.file_lock import take_lock
from filmnet.media.on_disk import remove, sync, sync_tree, write_json

_LOCK, _MANIFEST = "lock", "manifest.json"
_ASKED_FOR, _WAY = "asked for", "way"
"""The two parts of a manifest."""

Facts = Mapping[str, Any]
"""By name, with values as JSON has them."""

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

    def __init__(
        self, path: Path, segments: list[Segment], remarks: tuple[str, ...], finished: Facts
    ) -> None:
        self.path = path
        self.segments = segments
        self.remarks = remarks
        self.finished = finished
        """Of an output that an earlier run has completed; nothing while there is work."""

    @property
    def frames(self) -> int:
        """Frames in the finished pieces."""
        return self.segments[-1].stop if self.segments else 0

    @property
    def part(self) -> Path:
        """Name for the piece that is being written, or for what they are joined into."""
        return self.path / PART

    def finish_part(self, frames: int, extension: str) -> None:
        """The part becomes the next piece, of this many frames, when the disk has it."""
        start, stop = self.frames, self.frames + frames
        path = self.path / f"{start:09d}-{stop:09d}{extension}"
        sync_tree(self.part)
        self.part.rename(path)
        sync(self.path)
        self.segments.append(Segment(path, start, stop))

    def announce(self, target: Path, facts: Facts) -> None:
        """Write down that the part is about to become the target: a later run will know it."""
        sync_tree(self.part)
        announce(self.path, target, facts)

    def drop_part(self) -> None:
        """Remove what is not complete."""
        remove(self.part)

    def remove(self) -> None:
        """Remove everything, when the output is complete or there is nothing to keep.

        What a kill leaves at any moment can be resumed, or is known for finished; the lock goes
        last, since whoever has it next may write here.
        """
        for segment in reversed(self.segments):
            remove(segment.path)
        _clean(self.path, keep={_LOCK, _MANIFEST, ANNOUNCEMENT})
        for name in (_MANIFEST, ANNOUNCEMENT):
            remove(self.path / name)
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def open_segment_folder(
    path: Path, *, target: Path, name: str, manifest: Facts, resume: bool, way: Facts | None = None
) -> Iterator[SegmentFolder]:
    """Take a folder of pieces for oneself, afresh or as an earlier run left it.

    Args:
        path: the folder; its parent exists.
        target: the output.
        name: what the user calls it.
        manifest: all that decides the pictures and was asked for.
        resume: keep the pieces of an earlier run; else they are removed.
        way: what decides the pictures besides; pieces that were made in another way are removed,
            and a remark says so.

    Raises:
        OutputError: pieces that another manifest made, another process at work on them, or a
            folder that cannot be written.
    """
    try:
        path.mkdir(exist_ok=True)
        lock = (path / _LOCK).open("ab")
    except OSError as error:
        raise OutputError(f"{name}: cannot be written ({error.strerror})") from error
    with lock:
        if not _is_ours(lock.fileno(), path / _LOCK):
            raise OutputError(f"{name}: another run is writing this; wait, or choose another name")
        try:
            folder = _open(path, target, name, manifest, way or {}, resume=resume)
        except OSError as error:
            raise OutputError(f"{name}: cannot be written ({error.strerror})") from error
        try:
            yield folder
        finally:
            folder.drop_part()
            if not folder.segments and path.exists():
                folder.remove()


def _is_ours(handle: int, path: Path) -> bool:
    try:
        taken = take_lock(handle)
    except OSError:  # a file system without locks, where nobody else has one either
        return True
    with suppress(FileNotFoundError):
        return taken and os.path.samestat(os.fstat(handle), path.stat())
    return False  # its last owner removed it after it was opened here


def _open(
    path: Path, target: Path, name: str, manifest: Facts, way: Facts, *, resume: bool
) -> SegmentFolder:
    """What is kept of an earlier run, and what to say about it."""
    segments = _find(path)
    others: list[str] = []
    if resume and (finished := find_finished(path, target)):
        if (path / _MANIFEST).exists():
            _check(path, name, manifest)
        return SegmentFolder(path, segments, (), finished)
    if resume and segments:
        _check(path, name, manifest)
        others = _differences(_read_manifest(path, _WAY), way)
        if not others:
            _clean(path, keep={_LOCK, _MANIFEST, *(segment.path.name for segment in segments)})
            return SegmentFolder(path, segments, (), {})
    _clean(path, keep={_LOCK})
    write_json(path / _MANIFEST, {_ASKED_FOR: manifest, _WAY: way})
    remark = _about_afresh(segments, others, resume=resume)
    return SegmentFolder(path, [], (remark,) if remark else (), {})


def _about_afresh(segments: list[Segment], others: list[str], *, resume: bool) -> str:
    """What to say of a run that starts at the first frame."""
    frames = segments[-1].stop if segments else 0
    if others:
        return (
            f"starts afresh: the {frames} frames that are kept were made with another "
            f"{' and '.join(others)}, so the result would not be that of one run"
        )
    if resume:
        return "nothing is kept of an earlier run, so this one starts at the first frame"
    if segments:
        return f"starts afresh; {frames} frames of an unfinished run are thrown away"
    return ""


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


def _check(path: Path, name: str, manifest: Facts) -> None:
    others = _differences(_read_manifest(path, _ASKED_FOR), manifest)
    if others:
        raise OutputError(
            f"{name}: what is kept of an unfinished run differs in {', '.join(others)}; "
            "run without --resume to start afresh"
        )


def _read_manifest(path: Path, part: str) -> Facts:
    with suppress(ValueError, KeyError, TypeError):
        return dict(json.loads((path / _MANIFEST).read_text("utf-8"))[part])
    return {}


def _differences(kept: Facts, wanted: Facts) -> list[str]:
    """Names of what is not the same."""
    wanted = json.loads(json.dumps(wanted))
    return [name for name in {**kept, **wanted} if kept.get(name) != wanted.get(name)]


def _clean(path: Path, keep: set[str]) -> None:
    for inside in path.iterdir():
        if inside.name not in keep:
            remove(inside)
