"""Ending a run from outside: unfinished files are removed on the way out, undisturbed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_UNTOUCHED = (signal.SIG_DFL, signal.default_int_handler)
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Stop:
    """Which signal ended the run."""

    def __init__(self) -> None:
        self._signal: int | None = None

    @property
    def exit_code(self) -> int:
        """128 and the signal's number: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP."""
        return 128 + (self._signal or signal.SIGINT)

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Raise what Ctrl-C raises, once: a second signal must not interrupt the tidying up."""
        if self._signal is None:
            self._signal = number
            raise KeyboardInterrupt


@contextlib.contextmanager
def stop_signals() -> Iterator[Stop]:
    """Let each signal raise KeyboardInterrupt, once; one that is ignored (nohup) stays so."""
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {
            number: signal.signal(number, stop.interrupt)
            for number in _SIGNALS
            if signal.getsignal(number) in _UNTOUCHED
        }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
