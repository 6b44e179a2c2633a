from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import filmnet
from filmnet.interpolation.openvino_package import openvino_core

pytest.importorskip("openvino")

PATIENCE_SECONDS = 120

SIGNAL_AFTER_TWO = """
import gc, os, signal, torch
from filmnet.interpolation.openvino_blocks import OpenVinoBlocks
from filmnet.model import Film, FilmConfig

signals = []
signal.signal(signal.SIGCHLD, lambda number, frame: signals.append(number))
model = Film(FilmConfig(filters=4, flow_filters=(4, 4, 4, 8))).requires_grad_(False)
image = torch.rand(1, 3, 8, 8)
first, second = OpenVinoBlocks(model), OpenVinoBlocks(model)
first.column(image, 1), second.column(image, 1)
del first
gc.collect()
del second
gc.collect()
other_memory = [bytes(1 << n) for n in range(10, 24)]
os.kill(os.getpid(), signal.SIGCHLD)
assert signals == [signal.SIGCHLD]
"""

WATCHED_IMPORT = """
import sys, threading
from filmnet.interpolation.openvino_package import import_openvino

reached = []
sys.addaudithook(lambda event, _: reached.append(event) if event.startswith("socket.") else None)
openvino = import_openvino()
import_openvino()
assert "openvino_telemetry" not in sys.modules
assert "openvino_telemetry.backend" not in sys.modules
assert callable(openvino.Core)
assert threading.active_count() == 1, threading.enumerate()
assert not reached, reached
"""


def run(code: str, home: Path) -> None:
    """Run code in a process of its own, which counts as no continuous integration."""
    command = [sys.executable, "-c", code]
    environment = {"HOME": str(home), "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_after_two_sets_of_blocks_went_does_no_harm(tmp_path: Path) -> None:
    run(SIGNAL_AFTER_TWO, tmp_path)


def test_the_import_reports_to_nobody(tmp_path: Path) -> None:
    run(WATCHED_IMPORT, tmp_path)
    assert not list(tmp_path.rglob("*")), "the import left files in the home folder"


def test_there_is_one_core() -> None:
    assert openvino_core() is openvino_core()


def test_nothing_else_imports_openvino() -> None:
    imports = re.compile(r"^\s*(import|from) openvino\b|import_module\(.openvino", re.MULTILINE)
    sources = Path(filmnet.__file__).parent.rglob("*.py")
    found = {path.name for path in sources if imports.search(path.read_text())}
    assert found == {"openvino_package.py"}
