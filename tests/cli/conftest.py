"""Running the command line inside the test, and weights to run it with."""

import pytest

from filmnet.cli import main
from filmnet.weights import WeightsInfo, save_weights


@pytest.fixture
def run(capsys):
    """A function that runs `filmnet` with arguments: exit code, stdout, stderr."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


@pytest.fixture
def tiny_weights(tmp_path, tiny_model):
    """A file of weights for pictures of a few pixels."""
    path = tmp_path / "tiny.safetensors"
    info = WeightsInfo(
        name="tiny",
        config=tiny_model.config,
        licence="CC0-1.0",
        times="any",
        training={"steps": 3},
        metrics={"psnr": 30.5},
    )
    save_weights(path, tiny_model.state_dict(), info)
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FILMNET_CACHE", str(folder))
    return folder
