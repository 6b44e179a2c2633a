"""The network of the page: loaded once, when the first job needs it, and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

EXPECTED_FRAMES = 1000
"""The page goes on working: what gains after many frames is worth its start."""


class SharedNetwork:
    """Loads when it is first asked for.

    Args:
        load: makes the `Interpolator`.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._loaded: Any = None
        self._lock = threading.Lock()

    def get(self) -> Any:
        """The network.

        Raises:
            FilmnetError: weights or a device that cannot be used.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded
