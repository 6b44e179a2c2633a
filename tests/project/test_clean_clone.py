"""The two commands on a clean clone; they fetch what they need, so this is for the slow suite."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import av
import pytest

MINUTES = 60
ENVIRON = {
    k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS")
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what is committed."""
    folder = tmp_path_factory.mktemp("clone") / "filmnet"
    subprocess.run(["git", "clone", "-q", checkout, folder], check=True)
    return folder


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
    status = ["git", "status", "--porcelain"]
    assert not subprocess.run(status, cwd=clone, capture_output=True, check=True).stdout


def test_make_demo_again_replaces_the_video_and_sets_up_nothing(clone: Path) -> None:
    before = (clone / "demo.mp4").stat().st_mtime
    done = subprocess.run(
        ["make", "demo"], cwd=clone, env=ENVIRON, capture_output=True, text=True, check=True
    )
    assert "setting up" not in done.stdout
    assert (clone / "demo.mp4").stat().st_mtime > before
