from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from exporting import CONFIG, make_weights
from filmnet.errors import WeightsError
from filmnet.weights import export_metadata, find_onnx, load_weights


def field(number: int, content: bytes) -> bytes:
    """A field of bytes, up to 2^14 of them."""
    length = len(content)
    return bytes([number << 3 | 2, length & 127 | 128, length >> 7]) + content


def onnx_file(path: Path, metadata: dict[str, str]) -> Path:
    """A file of ONNX's form without any node."""
    entries = [
        field(14, field(1, key.encode()) + field(2, value.encode()))
        for key, value in metadata.items()
    ]
    path.write_bytes(b"\x08\x0a" + field(7, b"") + field(8, b"\x10\x12") + b"".join(entries))
    return path


def pt2_file(path: Path, metadata: str | None, *, pickled: bool = False) -> Path:
    """A file of torch.export's form with the tiny network's weights."""
    state = load_weights(make_weights(path.parent)).state_dict
    config = {}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("film/models/model.json", "{}")
        for k, (name, tensor) in enumerate(state.items()):
            archive.writestr(f"film/data/weights/weight_{k}", tensor.numpy().tobytes())
            meta: dict[str, Any] = {"dtype": 7, "storage_offset": {"as_int": 0}}
            meta["sizes"] = [{"as_int": n} for n in tensor.shape]
            meta["strides"] = [{"as_int": n} for n in tensor.stride()]
            config[f"film.{name}"] = {
                "path_name": f"weight_{k}",
                "use_pickle": pickled,
                "tensor_meta": meta,
            }
        archive.writestr(
            "film/data/weights/model_weights_config.json", json.dumps({"config": config})
        )
        if metadata is not None:
            archive.writestr("film/extra/filmnet.json", metadata)
    return path


@pytest.fixture
def metadata(tmp_path: Path) -> str:
    return export_metadata(load_weights(make_weights(tmp_path)), "float16")


def test_an_onnx_file_says_which_network_it_is(tmp_path: Path, metadata: str) -> None:
    path = onnx_file(tmp_path / "anything", {"filmnet": metadata, "other": "x"})
    network = find_onnx(path)
    assert network is not None
    assert (network.info.name, network.info.config, network.info.times) == ("tiny", CONFIG, "any")
    assert (network.info.format, network.info.precision) == ("ONNX opset 18", "float16")
    assert network.info.padding.multiple == 4
    assert network.info.training == {"steps": 3}
    assert network.parameters == load_weights(tmp_path / "tiny.safetensors").parameters


@pytest.mark.parametrize("name", [None, "small", "nothing.onnx"])
def test_names_and_missing_files_are_no_onnx(name: str | None) -> None:
    assert find_onnx(name) is None


def test_weights_are_no_onnx(tmp_path: Path) -> None:
    assert find_onnx(make_weights(tmp_path)) is None


def test_a_foreign_onnx_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="that filmnet did not make"):
        find_onnx(onnx_file(tmp_path / "yolo.onnx", {}))


@pytest.mark.parametrize("keep", [0, 1, -3])
def test_a_cut_onnx_file_is_refused(tmp_path: Path, metadata: str, keep: int) -> None:
    path = onnx_file(tmp_path / "cut.onnx", {"filmnet": metadata})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="damaged or cut short; export it again"):
        find_onnx(path)


@pytest.mark.parametrize("text", ["", "{}", '{"export": {"precision": 1, "parameters": "x"}}'])
def test_metadata_that_make_no_sense_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(WeightsError, match="the metadata of the weights is damaged"):
        find_onnx(onnx_file(tmp_path / "odd.onnx", {"filmnet": text}))


def test_an_onnx_file_holds_no_weights(tmp_path: Path, metadata: str) -> None:
    with pytest.raises(WeightsError, match="use the file that it was exported from"):
        load_weights(onnx_file(tmp_path / "film", {"filmnet": metadata}))


def test_an_exported_program_holds_its_weights(tmp_path: Path, metadata: str) -> None:
    loaded = load_weights(pt2_file(tmp_path / "film.pt2", metadata))
    state = load_weights(tmp_path / "tiny.safetensors").state_dict
    assert loaded.state_dict.keys() == state.keys()
    assert all(torch.equal(loaded.state_dict[name], state[name]) for name in state)
    assert (loaded.info.name, loaded.info.format) == ("tiny", "torch.export")


def test_a_foreign_exported_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="could run code when it is loaded"):
        load_weights(pt2_file(tmp_path / "other.pt2", None))


class Touch:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_no_pickle_in_an_exported_program_is_read(tmp_path: Path, metadata: str) -> None:
    path, trace = tmp_path / "evil.pt2", tmp_path / "ran"
    pt2_file(path, metadata, pickled=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("film/data/sample_inputs/model.pt", pickle.dumps(Touch(trace)))
    with pytest.raises(WeightsError, match="damaged or cut short"):
        load_weights(path)
    assert not trace.exists()
