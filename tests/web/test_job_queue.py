from __future__ import annotations

import threading

import pytest

import filmnet.web.job_queue as job_queue
from filmnet.errors import InputError
from filmnet.jobs import Progress
from filmnet.web.job_queue import JobQueue

SECONDS = 60


@pytest.fixture
def queue():
    made = JobQueue(longest=3, minutes=60)
    yield made
    assert made.close(SECONDS)


class Job:
    """Work that reports frames until it is let go."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, report, cancel):
        self.begun.set()
        done = 0
        while not self.go.wait(0.005):
            done += 1
            report(progress(done))
            cancel.check()
        return "made"


def progress(done):
    return Progress(frames_done=done, frames_total=100, seconds_elapsed=1.0, using="test")


def ended(ticket):
    assert ticket.ended.wait(SECONDS)
    return ticket.state


def running(queue, session="s"):
    """A job that has begun."""
    job = Job()
    ticket = queue.submit(job, session)
    assert job.begun.wait(SECONDS)
    return ticket, job


def test_a_job_is_done_and_gives_its_result(queue):
    ticket = queue.submit(lambda report, cancel: 7, "s")
    assert ended(ticket) == "done"
    assert ticket.result == 7


def test_jobs_run_one_by_one_in_order(queue):
    first, job = running(queue)
    order = []
    others = [queue.submit(lambda r, c, n=n: order.append(n), "s") for n in range(3)]
    assert [ticket.state for ticket in (first, *others)] == ["running"] + ["waiting"] * 3
    assert [queue.position(ticket) for ticket in (first, *others)] == [0, 1, 2, 3]
    job.go.set()
    assert [ended(ticket) for ticket in others] == ["done"] * 3
    assert order == [0, 1, 2]


def test_a_full_queue_is_one_sentence(queue):
    _, job = running(queue)
    for _ in range(3):
        queue.submit(lambda r, c: None, "s")
    with pytest.raises(job_queue.PageError, match="3 jobs are waiting already"):
        queue.submit(lambda r, c: None, "s")
    job.go.set()


def test_a_running_job_stops(queue):
    ticket, _ = running(queue)
    queue.stop(ticket)
    assert ended(ticket) == "stopped"
    assert ticket.result is None


def test_a_waiting_job_stops_without_having_run(queue):
    _, job = running(queue)
    ran = threading.Event()
    ticket = queue.submit(lambda r, c: ran.set(), "s")
    queue.stop(ticket)
    assert ended(ticket) == "stopped"
    job.go.set()
    assert ended(queue.submit(lambda r, c: None, "s")) == "done"
    assert not ran.is_set()


def test_stopping_a_session_leaves_the_others(queue):
    mine, _ = running(queue, "mine")
    also_mine = queue.submit(lambda r, c: None, "mine")
    other = queue.submit(lambda r, c: None, "other")
    assert queue.stop_session("mine") == 2
    assert [ended(t) for t in (mine, also_mine, other)] == ["stopped", "stopped", "done"]


def test_a_users_error_is_kept(queue):
    def fail(report, cancel):
        raise InputError("too dark")

    ticket = queue.submit(fail, "s")
    assert ended(ticket) == "failed"
    assert str(ticket.error) == "too dark"


def test_our_error_is_one_sentence_and_the_queue_goes_on(queue, caplog):
    def fail(report, cancel):
        raise ZeroDivisionError("secret")

    ticket = queue.submit(fail, "s")
    assert ended(ticket) == "failed"
    assert "secret" not in str(ticket.error)
    assert "ZeroDivisionError" in caplog.text
    assert ended(queue.submit(lambda r, c: 1, "s")) == "done"


def test_a_job_that_takes_too_long_ends():
    queue = JobQueue(longest=3, minutes=1e-9)
    ticket = queue.submit(Job(), "s")
    assert ended(ticket) == "failed"
    assert "took longer than 1e-09 minutes" in str(ticket.error)
    assert queue.close(SECONDS)


def test_a_job_that_nobody_asks_about_any_more_stops(queue, monkeypatch):
    ticket, _ = running(queue)
    waiting = queue.submit(lambda r, c: None, "s")
    monkeypatch.setattr(job_queue, "FORGOTTEN_SECONDS", -1.0)
    assert ended(ticket) == "stopped"
    assert ended(waiting) == "stopped"


def test_the_end_of_a_job_is_told_however_it_ends(queue):
    told = []
    first, _ = running(queue)
    waiting = queue.submit(lambda r, c: None, "s", lambda: told.append("waiting"))
    queue.stop(waiting)
    queue.stop(first)
    last = queue.submit(lambda r, c: 1 / 0, "s", lambda: told.append("last"))
    assert ended(last) == "failed"
    assert told == ["waiting", "last"]


def test_closing_stops_all():
    queue = JobQueue(longest=3, minutes=60)
    first, _ = running(queue)
    waiting = queue.submit(lambda r, c: None, "s")
    assert queue.close(SECONDS)
    assert [ended(first), ended(waiting)] == ["stopped", "stopped"]
    assert queue.tickets() == []
