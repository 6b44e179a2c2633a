"""Two processes over gloo, started by filmnet and by torchrun, against one."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

import pytest
import torch

from material import TINY_MODEL_TOML

RECIPE = (
    """
name = "tiny"
precision = "32-true"
checkpoint_every = 2
evaluate_every = 2
"""
    + TINY_MODEL_TOML
    + """
[pack]
frames = 5
side_px = 32
stride = 2
windows_per_clip = 6

[[stages]]
steps = 3
crop_px = 16
batch = 4
motion_px = 4
"""
)
TORCHRUN = (
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--local-addr",
    "localhost",
    "--nproc-per-node",
    "2",
)
LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"
LONGEST_SECONDS = 120  # far more than it takes: processes that wait for each other end, too


def weights(folder):
    path = folder / "checkpoints" / "step-00000003.ckpt"
    return torch.load(path, weights_only=True)["model"]


def losses(folder):
    """The losses of the whole batch, as metrics.csv has them."""
    with (folder / "metrics.csv").open(newline="") as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == "loss"]


@pytest.fixture
def train(raw_material, tmp_path):
    """A function that trains in processes of its own, into a folder of that name."""
    (tmp_path / "recipe.toml").write_text(RECIPE)

    def train(name, *options, launcher=()):
        arguments = (
            "train",
            tmp_path / "recipe.toml",
            "--data",
            raw_material,
            "-o",
            tmp_path / name,
        )
        command = [sys.executable, *launcher, "-m", "filmnet", *arguments, *options]
        rest = ("--device", "cpu", "--workers", "0")
        return subprocess.run(
            [str(word) for word in (*command, *rest)],
            capture_output=True,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": LOOPBACK},
            timeout=LONGEST_SECONDS,
        )

    return train


@pytest.mark.parametrize(
    ("options", "launcher"),
    [
        pytest.param(("--devices", "2"), (), id="filmnet"),
        pytest.param((), TORCHRUN, id="torchrun", marks=pytest.mark.slow),
    ],
)
def test_two_processes_train_what_one_does(train, tmp_path, options, launcher):
    one = train("one")
    two = train("two", *options, launcher=launcher)
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    assert two.stdout == f"{tmp_path / 'two' / 'weights.safetensors'}\n"
    assert two.stderr.count("slide.mkv: ") == 1  # cut once, by the first
    assert "2 processes" in two.stderr
    expected, found = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, tensor in expected.items():  # sums in another order
        assert torch.allclose(found[name], tensor, rtol=1e-4, atol=1e-6), name
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)


def test_a_batch_that_two_cannot_share_is_one_sentence(train):
    done = train("run", "--devices", "3")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error: [[stages]] 1: a batch of 4 cannot be shared by 3 processes" in done.stderr
    assert done.stderr.count("Error:") == 1
