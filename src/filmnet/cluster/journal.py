"""What became of each job: `results.jsonl` in the output folder, written as it happens.

One line per ended job, appended; the last line of a job counts. A line that a kill cut off is
dropped by the next run. Object stores cannot append, so there the file is kept on this machine and
uploaded every few seconds, less often as it grows.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Literal

from filmnet.cluster import storage
from filmnet.cluster.job import Job, digest
from filmnet.errors import InputError, OutputError
from filmnet.media.file_lock import take_lock

RESULTS = "results.jsonl"

_SYNC_SECONDS = 1.0
"""After which the disk, not only the system, has every line."""

_UPLOAD_SECONDS, _UPLOAD_SHARE = 5.0, 20
"""Least time between two uploads, and the same in durations of the last one."""

State = Literal["new", "done", "failed", "changed"]
"""What an earlier run left of a job; `changed`: it was done, with other inputs or options."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a job ended."""

    job: str
    outcome: Literal["done", "failed"]
    output: str
    frames: int
    """In the output; 0 if it failed."""

    seconds: float
    """That workers spent on it."""

    tries: int
    """Of the whole job, or of its worst part."""

    parts: int
    """Stretches that it was divided into; 1 if it was not."""

    error: str | None
    fingerprint: str
    """Of inputs and options."""

    ended: str
    """When, UTC."""


def now() -> str:
    """The time as records have it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Journal:
    """The results of a batch, earlier runs' included; use it as a block."""

    def __init__(self, folder: str) -> None:
        """Read what earlier runs have written, and take the folder for oneself.

        Raises:
            OutputError: the folder cannot be written, or another run is using it.
            InputError: it cannot be read.
        """
        self._target = storage.locate(RESULTS, folder)
        self._is_remote = storage.is_remote(folder)
        self._temporary: Path | None = None
        if self._is_remote:
            self._temporary = Path(tempfile.mkdtemp(prefix="filmnet-results-"))
            self._path = self._temporary / RESULTS
            if storage.exists(self._target):
                storage.fetch(self._target, self._temporary)
        else:
            self._path = Path(self._target)
        self._ended: dict[str, tuple[bool, str]] = {}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+b")
        except OSError as error:
            raise OutputError(f"{self._target}: cannot be written ({error.strerror})") from error
        try:
            self._lock()
            self._read()
        except BaseException:
            self._let_go()
            raise
        self._synced = self._uploaded = time.monotonic()
        self._upload_pause = _UPLOAD_SECONDS
        self._is_synced = self._is_uploaded = True

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.flush(everything=True)
        finally:
            self._let_go()

    def state(self, job: Job) -> State:
        """What an earlier run left of a job."""
        ended = self._ended.get(job.key)
        if ended is None:
            return "new"
        is_done, fingerprint = ended
        if not is_done:
            return "failed"
        return "done" if fingerprint == job.fingerprint else "changed"

    def write(self, record: Record) -> None:
        """Append a record.

        Raises:
            OutputError: the disk is full.
        """
        line = json.dumps(asdict(record), ensure_ascii=False) + "\n"
        try:
            self._file.write(line.encode())
            self._file.flush()
        except OSError as error:
            raise OutputError(f"{self._target}: cannot be written ({error.strerror})") from error
        self._is_synced = self._is_uploaded = False
        self.flush()

    def flush(self, *, everything: bool = False) -> None:
        """Bring what was written to the disk and to the store, if it is time."""
        begin = time.monotonic()
        if not self._is_synced and (everything or begin - self._synced > _SYNC_SECONDS):
            os.fsync(self._file.fileno())
            self._synced, self._is_synced = begin, True
        is_due = everything or begin - self._uploaded > self._upload_pause
        if self._is_remote and not self._is_uploaded and is_due:
            storage.deliver(self._path, self._target)
            self._uploaded, self._is_uploaded = time.monotonic(), True
            self._upload_pause = max(_UPLOAD_SECONDS, _UPLOAD_SHARE * (self._uploaded - begin))

    def _lock(self) -> None:
        try:
            is_ours = take_lock(self._file.fileno())
        except OSError:  # a file system without locks
            is_ours = True
        if not is_ours:
            raise OutputError(
                f"{self._target}: another run is writing this; wait, or choose another folder"
            )

    def _let_go(self) -> None:
        self._file.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _read(self) -> None:
        """Take in the lines, and drop one that was cut off."""
        self._file.seek(0)
        complete = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break
            complete += len(line)
            try:
                row = json.loads(line)
                ended = row["outcome"] == "done", str(row["fingerprint"])
                self._ended[digest(row["output"])] = ended
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{self._target} line {number}: this is no result of a batch; "
                    "choose another output folder"
                ) from error
        self._file.truncate(complete)
