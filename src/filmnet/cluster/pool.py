"""The workers as actors on Ray: each has one task at a time, and one that dies is replaced."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from filmnet.cluster.board import Board, TaskProgress, Totals
from filmnet.cluster.ray_session import import_ray
from filmnet.cluster.schedule import Attempt
from filmnet.cluster.tasks import Result
from filmnet.cluster.worker import Worker, WorkerSettings
from filmnet.errors import FilmnetError

_BOARD_SECONDS = 10.0
"""How long the board may take to answer; without an answer the show goes on without numbers."""

_CLOSING_SECONDS = 5.0
"""How long workers may take to tidy up at the end."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A worker has answered."""

    worker: int
    attempt: Attempt
    result: Result


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A worker has died with its task."""

    worker: int
    attempt: Attempt
    reason: str


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A worker has loaded its network."""

    worker: int
    using: str


@dataclass(frozen=True, kw_only=True)
class NotStarted:
    """A worker has not come to life, or cannot load its network."""

    worker: int
    reason: str
    error: FilmnetError | None
    """What the user can put right."""


Event = Ended | Lost | Ready | NotStarted


@dataclass
class _Member:
    """An actor, and what it is at."""

    number: int
    actor: Any
    attempt: Attempt | None = None
    is_ready: bool = False


@dataclass
class Pool:
    """Actors of a batch.

    Args:
        settings: of all workers.
        size: how many workers there shall be.
        gpus: per worker.
    """

    settings: WorkerSettings
    size: int
    gpus: float = 0.0
    _members: dict[Any, _Member] = field(default_factory=dict)
    """By the reference of what they are asked for."""
    _idle: list[_Member] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _board: Any = None

    def start(self) -> None:
        """Ask Ray for the workers; `wait` tells when they are there."""
        ray = import_ray()
        self._board = ray.remote(num_cpus=0, max_restarts=-1)(_RayBoard).remote()
        for _ in range(self.size):
            self.add()

    def add(self) -> None:
        """Ask for one more worker, in the place of one that is no more."""
        ray = import_ray()
        number = next(self._numbers)
        actor = (
            ray.remote(_RayWorker)
            .options(num_cpus=self.settings.cores, num_gpus=self.gpus)
            .remote(self.settings, number, self._board)
        )
        self._members[actor.load.remote()] = _Member(number, actor)

    @property
    def idle(self) -> list[int]:
        """Numbers of the workers that have nothing to do."""
        return [member.number for member in self._idle]

    @property
    def working(self) -> int:
        """How many workers have a task."""
        return sum(member.attempt is not None for member in self._members.values())

    def submit(self, worker: int, attempt: Attempt) -> None:
        """Give an idle worker a task."""
        member = next(member for member in self._idle if member.number == worker)
        self._idle.remove(member)
        member.attempt = attempt
        self._members[member.actor.run.remote(attempt.task)] = member

    def wait(self, seconds: float) -> list[Event]:
        """What has happened; waits for something at most that long."""
        ray = import_ray()
        references = list(self._members)
        if not references:
            return []
        ready, _ = ray.wait(references, num_returns=1, timeout=seconds)
        more, _ = ray.wait(references, num_returns=len(references), timeout=0)
        return [self._take(reference) for reference in dict.fromkeys([*ready, *more])]

    def exchange(self, totals: Totals) -> Mapping[int, TaskProgress]:
        """Show the driver's numbers, and read how far the workers are."""
        ray = import_ray()
        try:
            answer = self._board.exchange.remote(totals, tuple(self.idle))
            known: Mapping[int, TaskProgress] = ray.get(answer, timeout=_BOARD_SECONDS)
        except ray.exceptions.RayError:  # it is being started again, or takes too long
            return {}
        return known

    def stop(self) -> None:
        """End all workers, whatever they are at."""
        ray = import_ray()
        closing = [member.actor.close.remote() for member in self._idle]
        with suppress(Exception):
            ray.wait(closing, num_returns=len(closing), timeout=_CLOSING_SECONDS)
        for member in [*self._members.values(), *self._idle]:
            with suppress(Exception):
                ray.kill(member.actor)
        with suppress(Exception):
            ray.kill(self._board)
        self._members.clear()
        self._idle.clear()

    def _take(self, reference: Any) -> Event:
        """Turn an answer, or that there will be none, into an event."""
        ray = import_ray()
        member = self._members.pop(reference)
        attempt, member.attempt = member.attempt, None
        try:
            answer = ray.get(reference, timeout=_BOARD_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, this worker is of no more use
            with suppress(Exception):
                ray.kill(member.actor)
            reason = _reason(error)
            if attempt is not None:
                return Lost(worker=member.number, attempt=attempt, reason=reason)
            cause = getattr(error, "cause", None)
            known = cause if isinstance(cause, FilmnetError) else None
            return NotStarted(worker=member.number, reason=reason, error=known)
        self._idle.append(member)
        if attempt is None:
            return Ready(worker=member.number, using=answer)
        return Ended(worker=member.number, attempt=attempt, result=answer)


class _RayWorker:
    """A worker in a process of its own."""

    def __init__(self, settings: WorkerSettings, number: int, board: Any) -> None:
        self._worker = Worker(
            settings,
            lambda job, done, total: board.report.remote(number, job, done, total),
            memory_share=_share_of_node(settings.cores),
        )

    def load(self) -> str:
        return self._worker.load()

    def run(self, task: Any) -> Result:
        return self._worker.run(task)

    def close(self) -> None:
        self._worker.close()


class _RayBoard(Board):
    """The board in a process of its own."""

    def __init__(self) -> None:
        from ray.util.metrics import Gauge

        super().__init__(Gauge)


def _share_of_node(cores: int) -> float:
    """How much of the memory of its machine a worker may take: as much as of its cores."""
    ray = import_ray()
    here = ray.get_runtime_context().get_node_id()
    for node in ray.nodes():
        if node["NodeID"] == here and node["Resources"].get("CPU"):
            return min(1.0, cores / float(node["Resources"]["CPU"]))
    return 1.0


def _reason(error: Exception) -> str:
    """What is known of the end of a worker, in one line."""
    text = getattr(error, "error_msg", None) or str(error) or type(error).__name__
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return f"the worker died: {' '.join(lines)[:300]}"
