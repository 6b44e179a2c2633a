"""Following a job until it ends, and the words that say where it stands."""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import AsyncGenerator
from typing import Any

from filmnet.jobs import Progress
from filmnet.web.job_queue import JobQueue, Ticket
from filmnet.web.results import MadeVideo
from filmnet.web.texts import hide_folders, say, sentence

POLL_SECONDS = 0.2
_SILENCE_SECONDS = 5.0
"""After that something is said even if nothing is new, so that a closed page is noticed."""

_FRAMES_TO_JUDGE_BY = 3
"""The first is a photo and costs nothing: time left would be promised too short."""


async def follow(queue: JobQueue, ticket: Ticket[Any]) -> AsyncGenerator[None, None]:
    """Yield whenever a job stands somewhere new; a follower who goes stops the job."""
    told, last = None, 0.0
    try:
        while not ticket.ended.is_set():
            ticket.touch()
            now = (ticket.state, queue.position(ticket), ticket.progress)
            if now != told or time.monotonic() - last > _SILENCE_SECONDS:
                told, last = now, time.monotonic()
                yield
            await asyncio.sleep(POLL_SECONDS)
    finally:
        if not ticket.ended.is_set():
            queue.stop(ticket)


def describe(language: str, queue: JobQueue, ticket: Ticket[Any]) -> str:
    """Where a job stands, in one sentence."""
    if ticket.state == "waiting":
        return say(language, "status_waiting", position=queue.position(ticket))
    if ticket.state == "running":
        return _describe_running(language, ticket.progress)
    if ticket.state == "stopped":
        return say(language, "status_stopped")
    if ticket.error is not None:
        return sentence(language, ticket.error)
    return say(language, "status_done")


def status_html(language: str, queue: JobQueue, ticket: Ticket[Any]) -> str:
    """The same as HTML with a bar, which a screen reader reads out when it changes."""
    text, progress = describe(language, queue, ticket), ticket.progress
    bar = ""
    if ticket.state == "running" and progress is not None:
        bar = (
            f'<progress aria-label="{html.escape(say(language, "progress_label"))}" '
            f'max="{progress.frames_total}" value="{progress.frames_done}"></progress>'
        )
    elif ticket.state in ("waiting", "running"):
        bar = f'<progress aria-label="{html.escape(say(language, "progress_label"))}"></progress>'
    kind = "error" if ticket.error is not None else ticket.state
    return message_html(text, kind=kind, bar=bar)


def message_html(text: str, *, kind: str = "note", bar: str = "") -> str:
    """A sentence in the place where the page speaks."""
    role = "alert" if kind == "error" else "status"
    return f'<div class="status {kind}" role="{role}"><p>{html.escape(text)}</p>{bar}</div>'


def result_html(language: str, result: MadeVideo) -> str:
    """What has been made, and what there is to say about it."""
    width, height = result.size
    done = say(
        language,
        "status_made",
        frames=result.frames,
        width=width,
        height=height,
        seconds=f"{float(result.frames / result.fps):.2f}",
        fps=f"{float(result.fps):g}",
        elapsed=f"{result.seconds_elapsed:.1f}",
    )
    remarks = "".join(f"<p>{html.escape(hide_folders(remark))}</p>" for remark in result.remarks)
    return message_html(done, kind="done", bar=remarks)


def _describe_running(language: str, progress: Progress | None) -> str:
    if progress is None:
        return say(language, "status_loading")
    values = {"done": progress.frames_done, "total": progress.frames_total}
    if progress.seconds_left is None or progress.frames_done < _FRAMES_TO_JUDGE_BY:
        return say(language, "status_running", **values)
    return say(language, "status_left", **values, left=_duration(language, progress.seconds_left))


def _duration(language: str, seconds: float) -> str:
    whole = max(round(seconds), 1)
    if whole < 90:
        return say(language, "duration_seconds", seconds=whole)
    return say(language, "duration_minutes", minutes=round(whole / 60))
