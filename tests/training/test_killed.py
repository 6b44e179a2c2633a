"""A run whose process is killed in the middle of a step."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from filmnet.training.loop import train
from filmnet.training.start import TrainingRun
from material import tiny_recipe

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import torch
from filmnet.training.loop import Trainer, train
from filmnet.training.start import TrainingRun
from material import tiny_recipe

torch.set_num_threads(1)
original = Trainer._clip_gradients

def clip(self):
    if self.step == 4:  # gradients are there, the weights have not been changed
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self)

Trainer._clip_gradients = clip
run = TrainingRun(data=Path({data!r}), folder=Path({folder!r}), workers=0, device="cpu", quiet=True)
train(tiny_recipe(), run)
"""


def tensors(folder):
    """Everything in the last checkpoint that is a number."""
    values = torch.load(folder / "checkpoints" / "step-00000006.ckpt", weights_only=True)
    flat = {f"{part}.{k}": v for part in ("model", "average") for k, v in values[part].items()}
    for i, moments in values["optimizer"]["state"].items():
        flat |= {f"optimizer.{i}.{k}": v for k, v in moments.items()}
    return flat


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_goes_on_as_if_never_killed(pack, tmp_path, request):
    run = TrainingRun(data=pack, folder=tmp_path / "whole", workers=0, device="cpu", quiet=True)
    train(tiny_recipe(), run)
    killed = replace(run, folder=tmp_path / "killed", resume=True)
    tests = str(request.config.rootpath / "tests")
    code = KILLED.format(tests=tests, data=str(pack), folder=str(killed.folder))
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert process.returncode == -9, process.stderr
    assert not (killed.folder / "checkpoints" / "step-00000006.ckpt").exists()
    train(tiny_recipe(), killed)
    whole, resumed = tensors(run.folder), tensors(killed.folder)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)  # bit for bit
