"""Which task comes next, and what follows from how the last one ended; Ray is not known here.

    jobs ─▶ WholeTask ─┬─▶ done or failed
                       └─▶ Divided ─▶ StretchTask … ─▶ JoinTask ─▶ done or failed

Jobs are taken one by one when a worker is free, so that what is held does not grow with their
number. What belongs to begun jobs comes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from filmnet.cluster.job import Job
from filmnet.cluster.journal import Record, now
from filmnet.cluster.tasks import (
    Divided,
    Failed,
    JoinTask,
    Result,
    StretchTask,
    Task,
    WholeTask,
)

STRETCHES_PER_WORKER = 4
"""Of a long video: so many that all workers end at about the same time."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A task, and how often it has been begun."""

    task: Task
    number: int = 1
    failed_on: int | None = None
    """The worker that did not manage it before, which is not the first to be asked again."""


@dataclass(kw_only=True)
class _Running:
    """A job that has been begun."""

    job: Job
    in_flight: int = 0
    """Tasks that workers have."""

    stretches_left: int = 0
    parts: int = 1
    frames: int = 0
    seconds: float = 0.0
    tries: int = 1
    has_ended: bool = False


class Schedule:
    """The order of a batch's tasks.

    Args:
        jobs: what is to be done, read lazily.
        workers: how many there are.
        retries: how often a task that failed is tried again.
    """

    def __init__(self, jobs: Iterator[Job], *, workers: int, retries: int) -> None:
        self._jobs = jobs
        self._workers = workers
        self._retries = retries
        self._queue: deque[Attempt] = deque()
        self._running: dict[str, _Running] = {}
        self._is_exhausted = False

    @property
    def is_done(self) -> bool:
        """Whether every job has ended."""
        return self._is_exhausted and not self._running

    @property
    def jobs_running(self) -> int:
        """Jobs that have been begun and have not ended."""
        return sum(not running.has_ended for running in self._running.values())

    def next(self, worker: int, *, is_choosy: bool = True) -> Attempt | None:
        """What a free worker shall do; None if there is nothing for it at the moment.

        Args:
            worker: its number.
            is_choosy: whether a task that it has failed at waits for another worker.
        """
        attempt = self._take(worker, is_choosy=is_choosy) or self._begin_job()
        if attempt is not None:
            self._running[attempt.task.job.key].in_flight += 1
        return attempt

    def end(self, attempt: Attempt, result: Result, worker: int) -> Record | None:
        """Take in how a task ended; a record if its job has ended with it."""
        running = self._running[attempt.task.job.key]
        running.in_flight -= 1
        running.seconds += result.seconds
        record = None if running.has_ended else self._follow(running, attempt, result, worker)
        if running.has_ended and not running.in_flight:
            del self._running[running.job.key]
        return record

    def _take(self, worker: int, *, is_choosy: bool) -> Attempt | None:
        """The first waiting task that suits a worker."""
        for _ in range(len(self._queue)):
            attempt = self._queue.popleft()
            running = self._running.get(attempt.task.job.key)
            if running is None or running.has_ended:
                continue  # another part of the job has been set aside
            if attempt.failed_on == worker and is_choosy:
                self._queue.append(attempt)
                continue
            return attempt
        return None

    def _begin_job(self) -> Attempt | None:
        job = next(self._jobs, None)
        if job is None:
            self._is_exhausted = True
            return None
        self._running[job.key] = _Running(job=job)
        return Attempt(task=WholeTask(job=job))

    def _follow(
        self, running: _Running, attempt: Attempt, result: Result, worker: int
    ) -> Record | None:
        task = attempt.task
        if isinstance(result, Failed):
            return self._fail(running, attempt, result.error, worker)
        if isinstance(result, Divided):
            self._divide(running, result)
            return None
        if isinstance(task, StretchTask):
            running.stretches_left -= 1
            if not running.stretches_left:
                self._queue.appendleft(Attempt(task=JoinTask(job=task.job, plan=task.plan)))
            return None
        running.frames = result.frames
        return _close(running, "done")

    def _fail(self, running: _Running, attempt: Attempt, error: str, worker: int) -> Record | None:
        """Try again, after what else is waiting, or set the job aside."""
        if attempt.number > self._retries:
            return _close(running, "failed", error)
        number = attempt.number + 1
        running.tries = max(running.tries, number)
        self._queue.append(Attempt(task=attempt.task, number=number, failed_on=worker))
        return None

    def _divide(self, running: _Running, divided: Divided) -> None:
        """Queue stretches of whole pieces, the last one open: only reading tells where it ends."""
        length = divided.frames_per_piece
        pieces = -(-divided.frames // length)
        stretches = min(pieces, STRETCHES_PER_WORKER * self._workers)
        starts = [pieces * k // stretches * length for k in range(stretches)]
        stops = [*starts[1:], None]
        running.parts = running.stretches_left = stretches
        self._queue.extend(
            Attempt(task=StretchTask(job=running.job, plan=divided.plan, start=start, stop=stop))
            for start, stop in zip(starts, stops, strict=True)
        )


def _close(
    running: _Running, outcome: Literal["done", "failed"], error: str | None = None
) -> Record:
    running.has_ended = True
    job = running.job
    return Record(
        job=job.name,
        outcome=outcome,
        output=job.output,
        frames=running.frames,
        seconds=round(running.seconds, 3),
        tries=running.tries,
        parts=running.parts,
        error=error,
        fingerprint=job.fingerprint,
        ended=now(),
    )
