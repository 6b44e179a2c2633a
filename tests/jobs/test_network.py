import subprocess
import sys

import pytest

import filmnet.interpolation
from filmnet.errors import WeightsError
from filmnet.jobs.network import NetworkOptions


def test_every_option_reaches_the_loader_with_the_number_of_frames(monkeypatch):
    seen = []
    monkeypatch.setattr(
        filmnet.interpolation, "load", lambda *weights, **options: seen.append((weights, options))
    )
    NetworkOptions(
        weights="w",
        device="cpu",
        precision="float32",
        memory="4GB",
        tile=256,
        optimize="never",
        tta=2,
    ).load(frames=7)
    assert seen == [
        (
            ("w",),
            {
                "device": "cpu",
                "precision": "float32",
                "memory": "4GB",
                "tile": 256,
                "optimize": "never",
                "tta": 2,
                "frames": 7,
            },
        )
    ]


def test_weights_that_are_not_there_are_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match="none"):
        NetworkOptions(weights=tmp_path / "none.safetensors").load(frames=1)


def test_the_network_is_imported_only_to_load():
    code = "import filmnet.jobs, sys; sys.exit('filmnet.interpolation' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
