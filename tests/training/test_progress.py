import pytest
import torch

from filmnet.training.progress import (
    TrainingProgress,
    describe_training,
    warn,
)


def test_the_bar_shows_steps_loss_and_time_left(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with TrainingProgress(10, 4, quiet=False) as progress:
        progress.advance(5, 0.25)
        progress.advance(6, 0.5)
        progress.say("step 6: set [1] 30.00 dB")
    written = capsys.readouterr()
    assert written.out == ""
    assert "step 6: set [1] 30.00 dB\n" in written.err
    assert "6/10 loss 0.5000" in written.err
    assert "left" in written.err


def test_quiet_shows_nothing(capsys):
    with TrainingProgress(10, 0, quiet=True) as progress:
        progress.advance(1, 0.5)
        progress.say("step 1")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("count", "threads"), [(1, "1 thread"), (2, "2 threads")])
def test_a_training_on_the_cpu_is_described_with_its_threads(monkeypatch, count, threads):
    monkeypatch.setattr(torch, "get_num_threads", lambda: count)
    network = torch.nn.Linear(1000, 2799, bias=False, device="meta")
    line = describe_training("small", network, torch.device("cpu"), "bf16-mixed")
    assert line == f"training small (2.8 M parameters), cpu, bf16-mixed, {threads}"


def test_a_training_on_a_gpu_is_described_with_the_gpus_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "RTX 9")
    line = describe_training("w", torch.nn.Identity(), torch.device("cuda", 1), "32-true")
    assert line == "training w (0.0 M parameters), RTX 9, 32-true"
    line = describe_training("w", torch.nn.Identity(), torch.device("cuda", 1), "32-true", 8)
    assert line == "training w (0.0 M parameters), RTX 9, 32-true, 8 processes"


def test_a_warning_is_printed_as_it_is(capsys):
    warn("run/[1]/step-2.ckpt: damaged")
    assert capsys.readouterr() == ("", "run/[1]/step-2.ckpt: damaged\n")
