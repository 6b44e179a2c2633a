import subprocess
import sys
import threading

import pytest

from filmnet.jobs.pipeline import Ahead, Behind


def counted(number, taken, closed=None):
    try:
        for k in range(number):
            taken.append(k)
            yield k
    finally:
        if closed is not None:
            closed.append(threading.current_thread())


def put_all(behind, items):
    with behind as writing:
        for item in items:
            writing.put(item)


def test_items_come_in_order_from_another_thread():
    taken, closed = [], []
    with Ahead(counted(20, taken, closed)) as items:
        assert list(items) == list(range(20))
    assert closed[0] is not threading.current_thread()


def test_reading_runs_ahead_no_further_than_the_queue():
    taken = []
    with Ahead(counted(20, taken), queued=3) as items:
        for item in items:
            assert len(taken) <= item + 1 + 3 + 1  # queued, and one waiting for room


def test_leaving_early_closes_the_generator_and_ends_its_thread():
    taken, closed = [], []
    with Ahead(counted(1000, taken, closed), queued=2) as items:
        next(items)
    assert len(closed) == 1
    assert len(taken) < 10
    closed[0].join(5)
    assert not closed[0].is_alive()


def test_what_reading_raises_comes_after_the_items_before_it():
    def failing():
        yield 1
        raise OSError("torn")

    with Ahead(failing()) as items:
        assert next(items) == 1
        with pytest.raises(OSError, match="torn"):
            next(items)


def test_all_items_are_dealt_with_before_the_block_ends():
    seen = []
    with Behind(seen.append, queued=2) as writing:
        for k in range(20):
            writing.put(k)
    assert seen == list(range(20))
    assert writing.done == 20


def test_what_writing_raises_comes_out_of_a_later_put():
    def fail(item):
        raise OSError(f"no room for {item}")

    with pytest.raises(OSError, match="no room for 0"):
        put_all(Behind(fail, queued=1), range(10))


def test_what_writing_raises_last_comes_out_at_the_end_of_the_block():
    def fail(item):
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        put_all(Behind(fail), [0])


def test_an_error_in_the_block_drops_what_waits_and_comes_out():
    entered, go, seen = threading.Event(), threading.Event(), []

    def slow(item):
        entered.set()
        go.wait(5)
        seen.append(item)

    def items():
        yield 0
        entered.wait(5)
        yield 1
        threading.Timer(0.01, go.set).start()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_all(Behind(slow), items())
    assert seen == [0]


INTERRUPTED = """
import signal, threading, time
from filmnet.jobs.pipeline import Behind

go, seen = threading.Event(), []

def slow(item):
    go.wait(5)
    seen.append(item)

def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    time.sleep(0.3)
    go.set()

threading.Timer(0.05, interrupt).start()
try:
    with Behind(slow) as behind:
        for item in range(3):
            behind.put(item)
except KeyboardInterrupt:
    time.sleep(0.1)
    alive = [t for t in threading.enumerate() if t.name == "filmnet writing"]
    print(len(seen), len(alive))
"""
"""In a process of its own: in this one a signal would meet what other tests have loaded."""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals for one thread there")
def test_an_interrupt_while_the_block_ends_leaves_no_thread():
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["1", "0"]
