from __future__ import annotations

import asyncio
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from filmnet.jobs import Progress
from filmnet.web.following import describe, follow, message_html, result_html, status_html
from filmnet.web.job_queue import JobQueue
from filmnet.web.results import MadeVideo
from filmnet.web.texts import PageError

SECONDS = 60


@pytest.fixture
def queue():
    made = JobQueue(longest=3, minutes=60)
    yield made
    assert made.close(SECONDS)


@pytest.fixture
def gate():
    made = threading.Event()
    yield made
    made.set()


def progress(done, elapsed):
    return Progress(frames_done=done, frames_total=10, seconds_elapsed=elapsed, using="test")


def begun(queue, gate, *reports):
    """A job that has reported, and waits."""
    told = threading.Event()

    def work(report, cancel):
        for each in reports:
            report(each)
        told.set()
        assert gate.wait(SECONDS)
        cancel.check()
        return 1

    ticket = queue.submit(work, "s")
    assert told.wait(SECONDS)
    return ticket


def test_words_for_every_state(queue, gate):
    running = begun(queue, gate)
    waiting = queue.submit(lambda r, c: None, "s")
    assert describe("en", queue, running) == "Getting ready…"
    assert describe("en", queue, waiting) == "Waiting: 1 before you."
    running.progress = progress(0, 0.0)
    assert describe("en", queue, running) == "0 of 10 frames."
    running.progress = progress(5, 10.0)
    assert describe("en", queue, running) == "5 of 10 frames, about 10 s left."
    running.progress = progress(5, 540.0)
    assert describe("en", queue, running) == "5 of 10 frames, about 9 min left."
    gate.set()
    assert waiting.ended.wait(SECONDS)
    assert describe("en", queue, running) == "Done."
    running.state, running.error = "failed", PageError("error_pair")
    assert describe("zh", queue, running) == "需要正好两张照片。"


def test_a_screen_reader_is_told(queue, gate):
    ticket = begun(queue, gate, progress(5, 10.0))
    shown = status_html("en", queue, ticket)
    assert 'role="status"' in shown
    assert '<progress aria-label="Progress" max="10" value="5">' in shown
    assert 'role="alert"' in message_html("no", kind="error")


def test_nothing_from_outside_becomes_markup():
    assert "<img" not in message_html('<img src=x onerror="x">', kind="error")


def test_a_result_tells_what_it_is():
    made = MadeVideo(
        file=Path("a.mp4"),
        shown="video",
        frames=15,
        fps=Fraction(30),
        size=(64, 48),
        seconds_elapsed=1.23,
        remarks=("/tmp/a/b/one.jpg: sound & all",),
    )
    assert "15 frames of 64×48, 0.50 s at 30 frames per second" in result_html("en", made)
    assert "<p>one.jpg: sound &amp; all</p>" in result_html("en", made)


def test_following_ends_with_the_job(queue, gate):
    ticket = begun(queue, gate)

    async def all_of():
        times = 0
        async for _ in follow(queue, ticket):
            times += 1
            gate.set()
        return times

    assert asyncio.run(asyncio.wait_for(all_of(), SECONDS)) >= 1
    assert ticket.state == "done"


def test_a_follower_who_goes_stops_the_job(queue, gate):
    ticket = begun(queue, gate)

    async def go():
        following = follow(queue, ticket)
        await anext(following)
        await following.aclose()

    asyncio.run(asyncio.wait_for(go(), SECONDS))
    gate.set()
    assert ticket.ended.wait(SECONDS)
    assert ticket.state == "stopped"


def test_a_follower_who_is_cancelled_stops_the_job(queue, gate):
    ticket = begun(queue, gate)

    async def listen():
        async for _ in follow(queue, ticket):
            pass

    async def go():
        task = asyncio.create_task(listen())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(go(), SECONDS))
    gate.set()
    assert ticket.ended.wait(SECONDS)
    assert ticket.state == "stopped"
