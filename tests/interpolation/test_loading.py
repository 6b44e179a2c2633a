from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import filmnet
from filmnet.model import Film
from filmnet.weights import WeightsInfo, save_weights


@pytest.fixture
def file(tiny_model: Film, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_weights(path, tiny_model.state_dict(), WeightsInfo(name="tiny", config=tiny_model.config))
    return path


def test_a_loaded_file_makes_what_its_network_makes(file: Path, tiny_model: Film) -> None:
    image0, image1 = torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    made = filmnet.load(file, device="cpu", precision="float32").tensor(image0, image1)
    with torch.inference_mode():  # in another memory layout, so that sums may go in another order
        assert torch.allclose(made, tiny_model(image0, image1).image, atol=1e-5)


def test_precision_and_device_are_taken_as_asked(file: Path) -> None:
    engine = filmnet.load(file, device="cpu", precision="bfloat16").engine
    assert (engine.device.type, engine.precision) == ("cpu", torch.bfloat16)


def test_same_input_same_output(file: Path) -> None:
    image0, image1 = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3)).astype(np.uint8)
    first, second = (filmnet.load(file, precision="bfloat16") for _ in range(2))
    assert np.array_equal(first.midpoint(image0, image1), second.midpoint(image0, image1))


def test_a_missing_file_is_a_weights_error(tmp_path: Path) -> None:
    with pytest.raises(filmnet.WeightsError, match=r"nothing\.pt"):
        filmnet.load(tmp_path / "nothing.pt")


def test_limits_of_memory_and_tiles_are_taken_as_asked(file: Path) -> None:
    limits = filmnet.load(file, memory="3GB", tile=640).engine.planner.limits
    assert (limits.memory_bytes, limits.tile_px) == (3 * 10**9, 640)
    assert filmnet.load(file, memory=3 * 10**9).engine.planner.limits.memory_bytes == 3 * 10**9


@pytest.mark.parametrize("limits", [{"memory": "much"}, {"memory": 1000}, {"tile": 8}])
def test_limits_without_sense_are_refused_before_weights_are_read(limits: dict[str, Any]) -> None:
    with pytest.raises(filmnet.InputError):
        filmnet.load("no-such-file", **limits)
