"""A batch in the terminal: a bar for all jobs, one for each worker, a line for each ended job."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from filmnet.cluster.board import TaskProgress, Totals
    from filmnet.cluster.journal import Record

MOST_BARS = 16
"""Workers with a bar of their own."""

MOST_FAILURES = 100
"""Failures in the table at the end; results.jsonl has all."""


class BatchDisplay:
    """Shows a batch on stderr; use it as a block, then conclude.

    Args:
        quiet: print failures alone.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(
            stderr=True, quiet=quiet, highlight=False, markup=False, soft_wrap=True
        )
        self._errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._all = self._progress.add_task("batch", total=None, unit="jobs")
        self._bars: dict[int, TaskID] = {}
        self._failures: list[Record] = []
        self._failed = 0

    def __enter__(self) -> BatchDisplay:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print a sentence."""
        self._console.print(line)

    def ended(self, record: Record) -> None:
        """Print how a job has ended, and keep it for the table if it failed."""
        if record.outcome == "done":
            self._console.print(
                f"{record.job}: {record.frames} frames, {record.seconds:.1f} s of work"
            )
            return
        self._failed += 1
        if len(self._failures) < MOST_FAILURES:
            self._failures.append(record)
        self._console.print(f"{record.job}: failed: {record.error}")

    def show(self, totals: Totals, workers: Mapping[int, TaskProgress]) -> None:
        """Bring the bars up to date."""
        ended = totals.done + totals.failed
        everything = ended + totals.running + totals.waiting
        self._progress.update(self._all, completed=ended, total=everything)
        for worker in [worker for worker in self._bars if worker not in workers]:
            self._progress.remove_task(self._bars.pop(worker))
        for worker, task in workers.items():
            if worker not in self._bars and len(self._bars) < MOST_BARS:
                self._bars[worker] = self._progress.add_task("", unit="frames")
            if worker in self._bars:
                self._progress.update(
                    self._bars[worker],
                    description=task.job[-30:],
                    completed=task.done,
                    total=task.total,
                )

    def conclude(self, line: str) -> None:
        """Print the failures as a table, and the totals."""
        if self._failures:
            table = Table(box=None, pad_edge=False)
            for name in ("failed job", "tries", "error"):
                table.add_column(name, overflow="fold")
            for record in self._failures:
                table.add_row(record.job, str(record.tries), record.error)
            self._errors.print(table)
            if self._failed > len(self._failures):
                self._errors.print(f"… and {self._failed - len(self._failures)} more")
        self._console.print(line)
