import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from filmnet.cli.stopping import stop_signals

# Whoever runs the tests may ignore these signals (nohup, a background job); the run must not.
JOB = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
import filmnet.interpolation
from filmnet.cli import main

class Slow:
    def describe(self):
        return "slow"

    def sequence(self, frames, count, *, loop=False, on_pair=None):
        first, last = frames
        yield first
        while True:
            time.sleep(0.01)
            yield last

filmnet.interpolation.load = lambda *_, **__: Slow()
sys.exit(main(["photos", *sys.argv[1:3], "-o", sys.argv[3], "--seconds", "10000"]))
"""


@pytest.fixture(autouse=True)
def _default_signals():
    """As in a terminal, whoever runs the tests."""
    before = {s: signal.signal(s, signal.SIG_DFL) for s in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_a_run_that_leaves_nothing(tmp_path, name, code):
    for k in range(2):
        Image.fromarray(np.full((64, 64, 3), 50 * k, np.uint8)).save(tmp_path / f"{k}.png")
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", JOB, "0.png", "1.png", "out/a.mp4"]
    job = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list((tmp_path / "out").iterdir())
    job.send_signal(getattr(signal, name))
    _, errors = job.communicate(timeout=60)
    assert (job.returncode, errors) == (code, b"slow\nCancelled.\n")
    assert list((tmp_path / "out").iterdir()) == []


def test_handlers_are_as_before_afterwards_and_an_ignored_signal_stays_ignored():
    term = signal.getsignal(signal.SIGTERM)
    hup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not term
        assert signal.getsignal(signal.SIGTERM) is term
    finally:
        signal.signal(signal.SIGHUP, hup)


@pytest.mark.parametrize(("first", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_second_signal_does_not_interrupt_the_tidying_up(first, code):
    with stop_signals() as stop:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(getattr(signal, first))
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
    assert stop.exit_code == code
