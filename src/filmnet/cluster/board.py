"""How far everything is: workers write it down here, the driver reads it, Ray's dashboard shows it.

One small actor, on the driver's machine where that is a node. What it loses when it dies is shown
again at the next report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

MOST_JOBS_SHOWN = 1000
"""Jobs with a time series of their own in the metrics; a store of metrics bears no more."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Where a batch stands, as the driver knows it."""

    done: int = 0
    """Jobs."""

    failed: int = 0
    running: int = 0
    waiting: int = 0
    retries: int = 0
    """Tasks that were begun again."""

    frames: int = 0
    """In the outputs of jobs that are done."""


@dataclass(frozen=True, kw_only=True)
class TaskProgress:
    """Where a worker stands with its task."""

    job: str
    done: int
    """Frames."""

    total: int


class Gauge(Protocol):
    """A number with tags: what this needs of `ray.util.metrics.Gauge`."""

    def set(self, value: float, tags: dict[str, str] | None = None) -> None:
        """Set the number."""


class Board:
    """What all workers have reported.

    Args:
        make_gauge: from name, description and names of tags.
    """

    def __init__(self, make_gauge: Any) -> None:
        self._workers: dict[int, TaskProgress] = {}
        self._jobs_shown: set[str] = set()
        jobs = "Jobs of the batch by state: done, failed, running, waiting."
        self._jobs: Gauge = make_gauge("filmnet_batch_jobs", jobs, ("state",))
        frames = "Frames in the outputs of jobs that are done."
        self._frames: Gauge = make_gauge("filmnet_batch_frames", frames, ())
        retries = "Tasks that were begun again."
        self._retries: Gauge = make_gauge("filmnet_batch_retries", retries, ())
        done = "Frames made of the task that a job is at."
        self._done: Gauge = make_gauge("filmnet_batch_job_frames", done, ("job",))
        total = "Frames of the task that a job is at."
        self._total: Gauge = make_gauge("filmnet_batch_job_frames_total", total, ("job",))

    def report(self, worker: int, job: str, done: int, total: int) -> None:
        """Take in how far a worker is with its task."""
        self._workers[worker] = TaskProgress(job=job, done=done, total=total)
        if job in self._jobs_shown or len(self._jobs_shown) < MOST_JOBS_SHOWN:
            self._jobs_shown.add(job)
            self._done.set(done, {"job": job})
            self._total.set(total, {"job": job})

    def exchange(self, totals: Totals, idle: tuple[int, ...] = ()) -> Mapping[int, TaskProgress]:
        """Take in the driver's numbers, and give it the workers'.

        Args:
            totals: for the dashboard.
            idle: workers that have no task any more.
        """
        for worker in idle:
            self._workers.pop(worker, None)
        numbers = asdict(totals)
        for state in ("done", "failed", "running", "waiting"):
            self._jobs.set(numbers[state], {"state": state})
        self._frames.set(totals.frames)
        self._retries.set(totals.retries)
        return dict(self._workers)
