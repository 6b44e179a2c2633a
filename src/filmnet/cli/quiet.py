"""Keeping libraries' chatter off the terminal: our messages are one sentence each.

FFmpeg, libtiff, libjpeg and OpenCV write to the process' error stream on their own, past Python.
So that stream leads nowhere while a command runs, and Python's `sys.stderr` keeps the way to the
terminal for itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def quiet_libraries(*, enabled: bool = True, native: bool = True) -> Iterator[None]:
    """Silence warnings, stray log lines, and (`native`) what compiled libraries print."""
    if not enabled:
        yield
        return
    with warnings.catch_warnings(), _quiet_logging():
        warnings.simplefilter("ignore")
        with _quiet_descriptor() if native else contextlib.nullcontext():
            yield


@contextlib.contextmanager
def _quiet_logging() -> Iterator[None]:
    """Show our own notes as lines; Python prints others' only where no handler is set up."""
    nobody, notes = logging.NullHandler(), _Notes(logging.INFO)
    logging.getLogger().addHandler(nobody)
    ours = logging.getLogger("filmnet")
    level = ours.level
    ours.addHandler(notes)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.setLevel(level)
        ours.removeHandler(notes)
        logging.getLogger().removeHandler(nobody)


def only_errors() -> None:
    """Keep our own notes, too, off the terminal until the run ends."""
    for handler in logging.getLogger("filmnet").handlers:
        if isinstance(handler, _Notes):
            handler.setLevel(logging.ERROR)


class _Notes(logging.Handler):
    """Prints a record's sentence on whatever `sys.stderr` is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"Note: {record.getMessage()}", file=sys.stderr)  # noqa: T201


@contextlib.contextmanager
def _quiet_descriptor() -> Iterator[None]:
    """Lead file descriptor 2 to nowhere; `sys.stderr` writes to a copy of what it was."""
    original: TextIO | None = sys.stderr
    if original is not sys.__stderr__ or original is None:
        yield  # someone else has redirected it already
        return
    original.flush()
    terminal = os.dup(original.fileno())
    with open(  # noqa: PTH123 - a descriptor, not a path
        terminal, "w", buffering=1, encoding=original.encoding, errors="backslashreplace"
    ) as copy:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), original.fileno())
        sys.stderr = copy
        try:
            yield
        finally:
            sys.stderr = original
            os.dup2(terminal, original.fileno())
