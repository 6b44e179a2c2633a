"""Reference figures and tiny networks that tests of several packages need."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from exporting import Exported, export
from filmnet.model import Film, FilmConfig
from reference import REFERENCE

# Where the tests run must not matter. Rich and Typer ask the terminal and these variables, which
# continuous integration sets, for width and colours (Typer when it is imported); urllib asks for
# proxies, which cannot reach the tests' own server.
for name in ("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(name, None)
for name in ("GITHUB_ACTIONS", "TERMINAL_WIDTH", "COLORTERM", "FILMNET_CACHE"):
    os.environ.pop(name, None)
os.environ |= {"COLUMNS": "100", "LINES": "30", "TERM": "xterm"}
os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

# A shell that runs this in the background lets it ignore Ctrl-C, and so would all that is started
# from here; tests that send one would wait in vain.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests may take an hour; the others have the time limit of pyproject.toml."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(scope="session")
def tiny_config() -> FilmConfig:
    """The configuration of the reference figures."""
    return FilmConfig.from_dict(json.loads((REFERENCE / "film_tiny_config.json").read_text()))


@pytest.fixture(scope="session")
def tf_weights() -> dict[str, NDArray[Any]]:
    """The reference weights under TensorFlow's names, kernels HWIO."""
    generator = np.random.default_rng(7)
    weights = {}
    for name, shape in json.loads((REFERENCE / "film_tiny_tf_names.json").read_text()):
        scale = 0.05
        if name.endswith("/kernel:0"):
            scale = np.sqrt(1.6 / (shape[0] * shape[1] * shape[2]))
        weights[name] = (generator.standard_normal(shape) * scale).astype(np.float32)
    with np.load(REFERENCE / "film_tiny_last.npz") as last:
        weights["fusion/conv2d_12/kernel:0"] = last["kernel"]
        weights["fusion/conv2d_12/bias:0"] = last["bias"]
    return weights


@pytest.fixture(scope="session")
def reference_state(tf_weights: dict[str, NDArray[Any]]) -> dict[str, torch.Tensor]:
    """The reference weights under our names."""
    state = {}
    for ours, theirs in _names().items():
        kernel = torch.from_numpy(tf_weights[f"{theirs}/kernel:0"])
        state[f"{ours}.weight"] = kernel.permute(3, 2, 0, 1).contiguous()
        state[f"{ours}.bias"] = torch.from_numpy(tf_weights[f"{theirs}/bias:0"])
    return state


@pytest.fixture
def reference_model(tiny_config: FilmConfig, reference_state: dict[str, torch.Tensor]) -> Film:
    """The network of the reference figures."""
    model = Film(tiny_config)
    model.load_state_dict(reference_state)
    return model.eval()


@pytest.fixture(scope="session")
def exported_onnx(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A tiny network as an ONNX file."""
    return export(tmp_path_factory.mktemp("onnx"), "onnx")


@pytest.fixture(scope="session")
def exported_torch(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A tiny network as a .pt2 file, whatever its name ends in."""
    return export(tmp_path_factory.mktemp("torch"), "torch")


@pytest.fixture
def tiny_model() -> Film:
    """A seeded network, small enough for pictures of a few pixels: 3 levels."""
    config = FilmConfig(
        pyramid_levels=3,
        fusion_pyramid_levels=3,
        specialized_levels=1,
        sub_levels=2,
        filters=4,
        flow_convs=(1, 1),
        flow_filters=(4, 4),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Film(config).eval()


def _names() -> dict[str, str]:
    """Our layers' names to TensorFlow's, written out apart from the product's own mapping."""
    names = {
        f"extractor.stages.{i // 2}.{i % 2}": f"feat_net/sub_extractor/cfeat_conv_{i}"
        for i in range(8)
    }
    for i, theirs in enumerate(["0", "1", "2", "shared"]):
        layers = ["convs.0", "convs.1", "convs.2", "reduce", "head"]
        for j, layer in enumerate(layers):
            names[f"flow.predictors.{i}.{layer}"] = f"predict_flow/flow_predictor_{theirs}/conv_{j}"
    for i in range(4):
        for j, layer in enumerate(["upsample", "merge.0", "merge.1"]):
            number = 3 * i + j
            names[f"fusion.levels.{i}.{layer}"] = (
                f"fusion/conv2d_{number}" if number else "fusion/conv2d"
            )
    names["fusion.head"] = "fusion/conv2d_12"
    return names
