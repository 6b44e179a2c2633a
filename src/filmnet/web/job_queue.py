"""One job at a time, the others in the order in which they came.

submit ─▶ waiting ─▶ running ─▶ done | failed | stopped
             └───── cancel ────────────────────▶ stopped

A job that nobody asks about any longer, because its browser has gone, is stopped, too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from filmnet.errors import FilmnetError
from filmnet.jobs import Cancel, Cancelled, Progress
from filmnet.web.texts import PageError

log = logging.getLogger(__name__)

Result = TypeVar("Result")
State = Literal["waiting", "running", "done", "failed", "stopped"]
Report = Callable[[Progress], None]
Work = Callable[[Report, Cancel], Result]

FORGOTTEN_SECONDS = 60.0
"""Nobody has asked about a job for so long: its visitor has gone."""


class Ticket(Generic[Result]):
    """A job in the queue, as its visitor sees it."""

    def __init__(self, work: Work[Result], session: str, on_end: Callable[[], None]) -> None:
        self.session = session
        """The open page, or the program, that it belongs to."""
        self.state: State = "waiting"
        self.progress: Progress | None = None
        """Of a running job, once its first frame is begun."""
        self.result: Result | None = None
        self.error: FilmnetError | None = None
        self.cancel = Cancel()
        self.ended = threading.Event()
        self._work = work
        self._on_end = on_end
        self._asked = time.monotonic()

    def touch(self) -> None:
        """Say that somebody still waits for it."""
        self._asked = time.monotonic()

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody waits for it any longer."""
        return time.monotonic() - self._asked > FORGOTTEN_SECONDS

    def run(self, minutes: float) -> None:
        """Work, in the queue's thread."""
        start = time.monotonic()

        def report(progress: Progress) -> None:
            self.progress = progress
            if self.is_forgotten:
                self.cancel.cancel()
            if time.monotonic() - start > 60 * minutes:
                raise PageError("error_minutes", limit=f"{minutes:g}")

        state: State = "failed"
        try:
            self.cancel.check()
            self.result = self._work(report, self.cancel)
            state = "done"
        except Cancelled:
            state = "stopped"
        except FilmnetError as error:
            self.error = error
        except Exception as error:
            log.exception("a job failed: %r", error)
            self.error = PageError("error_ours")
        self.end(state)

    def end(self, state: State) -> None:
        """Say how it ended."""
        self.state = state
        try:
            self._on_end()
        finally:
            self.ended.set()


class JobQueue:
    """A device's jobs, done one by one in a thread of their own.

    Args:
        longest: how many may wait.
        minutes: that one may compute.
    """

    def __init__(self, *, longest: int, minutes: float) -> None:
        self._longest = longest
        self._minutes = minutes
        self._waiting: deque[Ticket[object]] = deque()
        self._running: Ticket[object] | None = None
        self._changed = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._work, name="filmnet-jobs", daemon=True)
        self._thread.start()

    def submit(
        self, work: Work[Result], session: str, on_end: Callable[[], None] = lambda: None
    ) -> Ticket[Result]:
        """Put a job at the queue's end.

        Args:
            work: what to do; told how to report, and whom to ask whether to go on.
            session: the open page, or the program, that wants it.
            on_end: called once when the job has ended, however it did.

        Raises:
            PageError: too many wait already.
        """
        ticket: Ticket[Result] = Ticket(work, session, on_end)
        with self._changed:
            self._drop_forgotten()
            if len(self._waiting) >= self._longest:
                raise PageError("error_queue", limit=self._longest)
            self._waiting.append(ticket)  # type: ignore[arg-type]
            self._changed.notify_all()
        return ticket

    def position(self, ticket: Ticket[Result]) -> int:
        """How many jobs are done before this one; 0 when it is its turn."""
        with self._changed:
            waiting = list(self._waiting)
            if ticket not in waiting:
                return 0
            return waiting.index(ticket) + (self._running is not None)  # type: ignore[arg-type]

    def stop(self, ticket: Ticket[Result]) -> None:
        """Stop a job; one that waits is taken out of the queue."""
        ticket.cancel.cancel()
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)  # type: ignore[arg-type]
                ticket.end("stopped")

    def tickets(self) -> list[Ticket[object]]:
        """All jobs that have not ended."""
        with self._changed:
            return [*self._waiting, *([self._running] if self._running is not None else [])]

    def stop_session(self, session: str) -> int:
        """Stop all jobs of a session; how many there were."""
        mine = [ticket for ticket in self.tickets() if ticket.session == session]
        for ticket in mine:
            self.stop(ticket)
        return len(mine)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop all jobs; whether the running one ended in time."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        for ticket in self.tickets():
            self.stop(ticket)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (ticket := self._next()) is not None:
            ticket.run(self._minutes)
            with self._changed:
                self._running = None

    def _next(self) -> Ticket[object] | None:
        """The next job as soon as there is one; None when the queue is closed."""
        with self._changed:
            while self._is_open:
                self._drop_forgotten()
                if self._waiting:
                    self._running = self._waiting.popleft()
                    self._running.state = "running"
                    return self._running
                self._changed.wait(timeout=10)
        return None

    def _drop_forgotten(self) -> None:
        for ticket in [ticket for ticket in self._waiting if ticket.is_forgotten]:
            self._waiting.remove(ticket)
            ticket.end("stopped")
