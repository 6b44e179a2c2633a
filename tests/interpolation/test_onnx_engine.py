from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import filmnet
from exporting import Exported
from filmnet.interpolation import onnx_engine


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (12, 16), (13, 29)])
def test_an_exported_network_makes_what_the_network_makes(
    exported_onnx: Exported, size: tuple[int, int]
) -> None:
    image0, image1 = torch.rand(2, 1, 3, *size, generator=torch.Generator().manual_seed(0))
    exported, network = (
        filmnet.load(exported_onnx.path),
        filmnet.load(exported_onnx.weights, device="cpu", precision="float32"),
    )
    for t in (0.25, 0.5):  # sums in another order
        difference = exported.tensor(image0, image1, t) - network.tensor(image0, image1, t)
        assert difference.abs().max() < 1e-5


def test_it_says_where_it_computes(exported_onnx: Exported) -> None:
    line = filmnet.load(exported_onnx.path).describe()
    assert line.startswith("weights tiny (0.0 M parameters), ONNX Runtime 1.")
    assert line.endswith("cpu, float32")


def test_what_it_cannot_hold_is_a_weights_error(exported_onnx: Exported) -> None:
    broken = torch.full((1, 3, 8, 8), torch.nan)
    with pytest.raises(filmnet.WeightsError, match=r"no numbers at t = 0\.5 in float32"):
        filmnet.load(exported_onnx.path).tensor(broken, broken)


def test_another_precision_than_the_files_is_refused(exported_onnx: Exported) -> None:
    with pytest.raises(filmnet.DeviceError, match="computes in float32, not in bfloat16"):
        filmnet.load(exported_onnx.path, precision="bfloat16")


@pytest.mark.parametrize("device", ["mps", "cuda:x", "toaster"])
def test_a_device_that_the_runtime_has_not_is_refused(exported_onnx: Exported, device: str) -> None:
    with pytest.raises(filmnet.DeviceError, match=f"device '{device}' is none that this ONNX"):
        filmnet.load(exported_onnx.path, device=device)


def test_without_the_runtime_the_message_says_what_to_install(
    exported_onnx: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(filmnet.WeightsError, match=r"pip install 'filmnet\[onnx\]'"):
        filmnet.load(exported_onnx.path)


def test_what_the_runtime_cannot_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"\x08\x0a\x3a\x02\x0a\x7f")
    with pytest.raises(filmnet.WeightsError, match=r"cannot read .*broken\.onnx") as caught:
        onnx_engine.open_session(path)
    assert "\n" not in str(caught.value)
