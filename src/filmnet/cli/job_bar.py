"""The progress of a job: one line that says what is used, and on a terminal a bar below it."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

if TYPE_CHECKING:
    from filmnet.jobs import Progress as JobProgress


class JobBar:
    """Shows what a job reports, frames, speed and time left; use it as a block."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("frames", total=None, pace="")
        self._has_begun = False
        self.remarks: list[str] = []
        """What has been printed."""

    def __enter__(self) -> JobBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, progress: JobProgress) -> None:
        """Take the next report."""
        if not self._has_begun:
            self._has_begun = True
            self._console.print(progress.using)
        self.say(progress.remarks)
        self._bar.start()
        self._bar.update(
            self._task,
            completed=progress.frames_done,
            total=progress.frames_total,
            pace=describe_pace(progress),
        )

    def say(self, remarks: tuple[str, ...]) -> None:
        """Print sentences that have not been printed yet."""
        for remark in remarks:
            if remark not in self.remarks:
                self.remarks.append(remark)
                self._console.print(remark)


def describe_pace(progress: JobProgress) -> str:
    """Speed and time left; nothing before the first frame."""
    pace, left = progress.frames_per_second, progress.seconds_left
    if pace is None or left is None:
        return ""
    speed = f"{pace:.1f} frames/s" if pace >= 1 else f"{1 / pace:.1f} s/frame"
    return f"{speed}, time left {timedelta(seconds=round(left))}"
