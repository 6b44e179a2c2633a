"""The package openvino: how it is imported, and the one core that a process has.

OpenVINO's CPU plugin gives the thread that makes a core a stack for signal handlers, and when the
core goes it takes the stack before that back into use. Of two cores that go in the order in which
they came the second brings back the first one's stack, which is freed by then; the next handled
signal (Ctrl-C, the end of a data loader's process) would end the process. So one core serves all.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

TELEMETRY = "openvino_telemetry"

_lock = threading.RLock()
_cores: list[Any] = []


def import_openvino() -> ModuleType:
    """The package, which at its import would report to Google Analytics; here it does not.

    Without the package openvino_telemetry OpenVINO takes a stand-in that does nothing. So that one
    is kept from being found, for as long as the import takes.

    Raises:
        ImportError: the package openvino is not installed.
    """
    with _lock:
        hidden = TELEMETRY not in sys.modules
        if hidden:
            sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # Python's mark for absent
        try:
            return importlib.import_module("openvino")
        finally:
            if hidden:
                del sys.modules[TELEMETRY]


def openvino_core() -> Any:
    """The process's `openvino.Core`, made at the first call and never dropped.

    Raises:
        ImportError: the package openvino is not installed.
    """
    with _lock:
        if not _cores:
            _cores.append(import_openvino().Core())
        return _cores[0]
