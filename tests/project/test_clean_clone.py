"""The two commands on a clean clone; they fetch what they need, so this is for the slow suite."""

from __future__ import annotations

import math
import os
import re
import subprocess
import time
from pathlib import Path

import av
import pytest

MINUTES = 60
INHERITED = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
ENVIRON = {name: value for name, value in os.environ.items() if name not in INHERITED}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what is committed."""
    folder = tmp_path_factory.mktemp("clone") / "filmnet"
    subprocess.run(["git", "clone", "-q", checkout, folder], check=True)
    return folder


def seconds_said(stdout: str) -> int:
    """How long the whole of `make demo` took, by its last line."""
    last = r"demo\.mp4 is there after (\d+) s, set-up and loading included"
    return int(re.fullmatch(last, stdout.splitlines()[-1])[1])


def test_make_demo_alone_makes_a_video_within_five_minutes(clone: Path) -> None:
    start = time.monotonic()
    done = subprocess.run(
        ["make", "demo"],
        cwd=clone,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - start < 5 * MINUTES
    with av.open(clone / "demo.mp4") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 60
    assert frames[0].shape == (540, 960, 3)
    said = done.stdout + done.stderr
    assert "weights small" in said
    assert "wrote demo.mp4: 60 frames" in said
    assert 0 < seconds_said(done.stdout) <= math.ceil(time.monotonic() - start)
    status = ["git", "status", "--porcelain"]
    assert not subprocess.run(status, cwd=clone, capture_output=True, check=True).stdout


def test_make_demo_again_replaces_the_video_and_sets_up_nothing(clone: Path) -> None:
    before = (clone / "demo.mp4").stat().st_mtime
    done = subprocess.run(
        ["make", "demo"], cwd=clone, env=ENVIRON, capture_output=True, text=True, check=True
    )
    assert "setting up" not in done.stdout
    assert seconds_said(done.stdout) > 0
    assert (clone / "demo.mp4").stat().st_mtime > before


def test_make_test_alone_passes_and_leaves_the_package_in_venv(
    checkout: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "filmnet"
    subprocess.run(["git", "clone", "-q", checkout, folder], check=True)
    done = subprocess.run(
        ["make", "test"],  # which leaves out what is slow, this test with it
        cwd=folder,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^=* ?\d+ passed", done.stdout, re.MULTILINE)
    ask = "import filmnet, lightning_fabric; print(filmnet.__file__)"
    python = folder / ".venv" / "bin" / "python"
    found = subprocess.run(
        [python, "-c", ask], cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()).samefile(folder / "src" / "filmnet" / "__init__.py")
    status = ["git", "status", "--porcelain"]
    assert not subprocess.run(status, cwd=folder, capture_output=True, check=True).stdout
