"""A whole batch: check it, bring up the workers, hand out tasks, write down what happens."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from filmnet.cluster import storage
from filmnet.cluster.board import TaskProgress, Totals
from filmnet.cluster.crew import Crew, own_cores, plan_crew
from filmnet.cluster.journal import Journal, Record
from filmnet.cluster.manifest import Manifest
from filmnet.cluster.pool import Event, Lost, NotStarted, Pool, Ready
from filmnet.cluster.ray_session import open_ray
from filmnet.cluster.schedule import Attempt, Schedule
from filmnet.cluster.staging import FOLDER, give_up, staging_folder
from filmnet.cluster.survey import survey
from filmnet.cluster.tasks import Failed, Result
from filmnet.cluster.worker import WorkerSettings
from filmnet.errors import DeviceError
from filmnet.jobs.network import NetworkOptions

DEFAULT_RETRIES = 2
_LOOK_SECONDS = 0.5
"""How often progress is shown."""

_PATIENCE_SECONDS = 30.0
"""After which it is said that no worker is there yet."""

_FAILED_STARTS = 3
"""Per worker, one after the other, after which the batch gives up."""


class Display(Protocol):
    """What shows a batch to people."""

    def say(self, line: str) -> None:
        """A sentence."""

    def ended(self, record: Record) -> None:
        """A job has ended."""

    def show(self, totals: Totals, workers: Mapping[int, TaskProgress]) -> None:
        """Where everything stands."""


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a batch is run."""

    manifest: Manifest
    address: str | None = None
    """Of a running Ray cluster; None to start Ray here."""

    workers: int | None = None
    """How many; None for as many as the GPUs, or else the cores, are enough for."""

    cores_per_worker: int | None = None
    """None for 4, or what the machine has."""

    retries: int = DEFAULT_RETRIES
    """How often a task that failed is tried again."""

    dashboard: bool = True
    network: NetworkOptions = field(default_factory=NetworkOptions)
    scratch: str | None = None
    """Where workers keep what they work on; None for the system's temporary files."""


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """What became of a batch."""

    done: int
    """Jobs that this run has done."""

    skipped: int
    """Jobs that an earlier run had done."""

    failed: int
    frames: int
    """In the outputs that this run has made."""

    retries: int
    seconds: float
    workers: int

    @property
    def is_well(self) -> bool:
        """Whether every job is done."""
        return not self.failed


def run_batch(options: BatchOptions, display: Display) -> BatchSummary:
    """Make all outputs that are not there yet.

    A batch that is stopped or killed goes on when it is run again: what is done is skipped, what
    failed is tried again, and finished pieces of long videos are taken over.

    Raises:
        FilmnetError: a manifest, options, weights or cluster that cannot be used; a job that fails
            is no reason.
    """
    start = time.monotonic()
    totals, workers = Totals(), 0
    with Journal(options.manifest.output) as journal:
        found = survey(options.manifest, journal)
        if found.skipped:
            display.say(f"{found.skipped} of {found.jobs} jobs are done already")
        if found.waiting:
            cores = own_cores(options.workers, options.cores_per_worker)
            with open_ray(options.address, cores=cores, dashboard=options.dashboard) as session:
                crew = plan_crew(
                    session, options.workers, options.cores_per_worker, options.network.device
                )
                options = replace(options, scratch=options.scratch or session.scratch)
                run = _Run(options, crew, journal, display, waiting=found.waiting)
                totals, workers = run.go(session.dashboard), crew.workers
    return BatchSummary(
        done=totals.done,
        skipped=found.skipped,
        failed=totals.failed,
        frames=totals.frames,
        retries=totals.retries,
        seconds=time.monotonic() - start,
        workers=workers,
    )


class _Run:
    """The loop that hands out tasks and takes in what became of them."""

    def __init__(
        self, options: BatchOptions, crew: Crew, journal: Journal, display: Display, waiting: int
    ) -> None:
        self._output = options.manifest.output
        self._journal = journal
        self._display = display
        self._jobs = waiting
        settings = WorkerSettings(
            output=self._output,
            network=options.network,
            cores=crew.cores,
            scratch=options.scratch,
        )
        self._pool = Pool(settings, crew.workers, crew.gpus)
        jobs = (job for job in options.manifest.jobs() if journal.state(job) != "done")
        self._schedule = Schedule(jobs, workers=crew.workers, retries=options.retries)
        self._done = self._frames = self._retries = 0
        self._failed_keys: set[str] = set()
        self._said: set[str] = set()
        self._failed_starts = 0
        self._begin = self._shown = time.monotonic()

    def go(self, dashboard: str | None) -> Totals:
        """Work until every job has ended."""
        if dashboard:
            token = os.environ.get("RAY_AUTH_TOKEN", "")
            self._display.say(f"dashboard {dashboard}" + (f", token {token}" if token else ""))
        try:
            self._pool.start()
            while True:
                self._hand_out()
                if self._schedule.is_done:
                    break
                for event in self._pool.wait(_LOOK_SECONDS):
                    self._take(event)
                self._show()
                self._journal.flush()
            self._show(at_once=True)
        finally:
            self._pool.stop()
        self._clean_up()
        return self._totals()

    def _hand_out(self) -> None:
        """Give every idle worker something to do, as long as there is something."""
        for worker in self._pool.idle:
            if attempt := self._schedule.next(worker):
                self._pool.submit(worker, attempt)
        if not self._pool.working:  # what nobody else is there for
            for worker in self._pool.idle:
                if attempt := self._schedule.next(worker, is_choosy=False):
                    self._pool.submit(worker, attempt)

    def _take(self, event: Event) -> None:
        if isinstance(event, Ready):
            self._failed_starts = 0
            self._say_once(event.using)
        elif isinstance(event, NotStarted):
            self._replace(event)
        elif isinstance(event, Lost):
            self._pool.add()
            self._end(event.attempt, Failed(error=event.reason), event.worker)
        else:
            self._end(event.attempt, event.result, event.worker)

    def _end(self, attempt: Attempt, result: Result, worker: int) -> None:
        record = self._schedule.end(attempt, result, worker)
        if record is None:
            self._retries += isinstance(result, Failed)
            return
        self._journal.write(record)
        job = attempt.task.job
        folder = staging_folder(self._output, job)
        if record.outcome == "done":
            self._done += 1
            self._frames += record.frames
            if record.parts > 1 or not storage.is_remote(folder):
                storage.remove(folder)
        else:
            self._failed_keys.add(job.key)
            give_up(folder)
        self._display.ended(record)

    def _replace(self, event: NotStarted) -> None:
        """Ask for another worker, unless none will ever come."""
        self._failed_starts += 1
        if event.error is not None and not self._said:
            raise event.error
        if self._failed_starts > _FAILED_STARTS * self._pool.size:
            raise DeviceError(f"workers do not start: {event.reason}")
        self._pool.add()

    def _show(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if now - self._begin > _PATIENCE_SECONDS and not self._said:
            self._say_once(
                f"no worker is ready yet; the cluster may have no room for {self._pool.size} of "
                f"{self._pool.settings.cores} cores each, or machines are still coming up"
            )
        if at_once or now - self._shown >= _LOOK_SECONDS:
            self._shown = now
            totals = self._totals()
            self._display.show(totals, self._pool.exchange(totals))

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._display.say(line)

    def _totals(self) -> Totals:
        failed, running = len(self._failed_keys), self._schedule.jobs_running
        return Totals(
            done=self._done,
            failed=failed,
            running=running,
            waiting=self._jobs - self._done - failed - running,
            retries=self._retries,
            frames=self._frames,
        )

    def _clean_up(self) -> None:
        """Leave nothing beside the outputs but finished pieces of jobs that failed."""
        folder = storage.locate(FOLDER, self._output)
        entries = storage.list_folder(folder) or [] if self._failed_keys else []
        if not any(entry.name in self._failed_keys for entry in entries):
            storage.remove(folder)
            return
        for entry in entries:
            if entry.name not in self._failed_keys:
                storage.remove(entry.path)
