"""Stages of a job that run at the same time, with a bounded queue between each two.

reading thread ─ Ahead ─▶ the caller's thread: the network ─ Behind ─▶ writing thread

A stage that fails ends the others: what it raised comes out of the caller's next step. Leaving a
block ends its thread first, so that nothing works on what is being tidied up.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar

QUEUED = 4
"""Items between two stages: enough to bridge a key frame, few enough for large pictures."""

_LOOK_SECONDS = 0.1
"""How long a stage that waits takes to notice that nobody needs it any more."""

T = TypeVar("T")


class _Stage:
    """A thread that can be waited for, and Ctrl-C may come while it is.

    Up to Python 3.12 an interrupted `Thread.join` takes the thread for ended, and a later one
    returns at once; so an event says when it has ended.
    """

    def __init__(self, run: Callable[[], None], name: str) -> None:
        self._run = run
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Return when it has ended."""
        self._ended.wait()

    def _work(self) -> None:
        try:
            self._run()
        finally:
            self._ended.set()


class _End:
    """What ends a queue, and why."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """The items of a generator, which runs ahead in a thread of its own.

    Args:
        items: closed when it is used up, and when the block is left before.
        queued: how many items it may be ahead.
    """

    def __init__(self, items: Generator[T, None, None], queued: int = QUEUED) -> None:
        self._items = items
        self._queue: queue.Queue[T | _End] = queue.Queue(queued)
        self._stop = threading.Event()
        self._stage = _Stage(self._run, "filmnet reading")

    def __enter__(self) -> Iterator[T]:
        self._stage.start()
        return self._taken()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        try:
            self._stage.wait()
        except BaseException:  # Ctrl-C: the thread must still not outlive the block
            self._stage.wait()
            raise

    def _taken(self) -> Iterator[T]:
        while not isinstance(item := self._queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    break
            self._items.close()
        except BaseException as error:  # noqa: BLE001 - it is raised again where items are taken
            self._put(_End(error))
        else:
            self._put(_End())

    def _put(self, item: T | _End) -> bool:
        """Wait for room; False when nobody needs the item any more."""
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class Behind(Generic[T]):
    """A function that is called with one item after the other in a thread of its own.

    Args:
        call: what is done with each item.
        queued: how many items may wait for it.
    """

    def __init__(self, call: Callable[[T], None], queued: int = QUEUED) -> None:
        self._call = call
        self._queue: queue.Queue[T | _End] = queue.Queue(queued)
        self._error: BaseException | None = None
        self._stage = _Stage(self._run, "filmnet writing")
        self.done = 0
        """Items that the function has dealt with."""

    def __enter__(self) -> Behind[T]:
        self._stage.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until all items are dealt with, or, after an error, only for the one at hand."""
        try:
            if error is not None:
                self._drop_waiting()
            self._end()
        except BaseException:  # Ctrl-C: the thread must still not outlive the block
            self._drop_waiting()
            self._end()
            raise
        if error is None and self._error is not None:
            raise self._error

    def put(self, item: T) -> None:
        """Hand over an item, when there is room for it.

        Raises:
            BaseException: what the function raised with an earlier item.
        """
        if self._error is not None:
            raise self._error
        self._queue.put(item)

    def _run(self) -> None:
        while not isinstance(item := self._queue.get(), _End):
            if self._error is not None:
                continue  # so that whoever waits for room finds it
            try:
                self._call(item)
            except BaseException as error:  # noqa: BLE001 - it is raised again at the next step
                self._error = error
            else:
                self.done += 1

    def _end(self) -> None:
        self._queue.put(_End())
        self._stage.wait()

    def _drop_waiting(self) -> None:
        while not self._queue.empty():
            with suppress(queue.Empty):  # the thread may have taken the last one
                self._queue.get_nowait()
