import errno
import hashlib
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from filmnet.errors import WeightsError
from filmnet.model import FilmConfig
from filmnet.weights import Padding
from filmnet.weights.files import read_weights

TINY = FilmConfig(filters=8, flow_filters=(4, 8, 16, 32))


def _write(kind, path, port, comfyui, save_torchscript):
    if kind == "TorchScript":
        save_torchscript(port, path)
    elif kind == "PyTorch state dict":
        torch.save({"state_dict": port}, path)
    else:
        save_file(comfyui, path)


@pytest.mark.parametrize("kind", ["TorchScript", "PyTorch state dict", "safetensors"])
@pytest.mark.parametrize("extension", [".pt", ".safetensors", ".pth", ""])
def test_the_kind_of_file_is_told_by_its_content(
    tmp_path, port, comfyui, save_torchscript, kind, extension
):
    path = tmp_path / f"film{extension}"
    _write(kind, path, port, comfyui, save_torchscript)
    loaded = read_weights(path)
    assert loaded.info.format == kind
    assert loaded.info.config == TINY
    kernel = loaded.state_dict["fusion.levels.3.merge.0.weight"]
    assert torch.equal(kernel, port["fuse.convs.0.1.0.weight"])


def test_a_foreign_file_is_used_as_the_published_models_are(tmp_path, port):
    path = tmp_path / "film_net.pt"
    torch.save({name: tensor.half() for name, tensor in port.items()}, path)
    info = read_weights(path).info
    assert info.name == "film_net"
    assert info.times == "midpoint"
    assert info.padding == Padding(multiple=64, mode="zeros")
    assert info.licence == "Apache-2.0"
    assert info.precision == "float16"
    assert info.source == str(path)
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_ports_names_may_come_as_safetensors(tmp_path, port):
    save_file(port, tmp_path / "w", metadata={"format": "pt"})
    assert read_weights(tmp_path / "w").info.config == TINY


def test_bfloat16_files_load(tmp_path, comfyui):
    save_file({name: x.bfloat16() for name, x in comfyui.items()}, tmp_path / "w")
    loaded = read_weights(tmp_path / "w")
    assert loaded.info.precision == "bfloat16"
    assert {x.dtype for x in loaded.state_dict.values()} == {torch.float32}


def test_a_safetensors_header_whose_length_begins_like_a_pickle_is_no_pickle(tmp_path):
    for pad in range(256):  # one of these headers is 128 bytes past a multiple of 256 long
        save_file({"w": torch.zeros(2)}, tmp_path / "w", metadata={"note": "x" * pad})
        if (tmp_path / "w").read_bytes()[0] == 0x80:
            break
    else:
        raise AssertionError("no header of such a length was made")
    with pytest.raises(WeightsError, match="holds another network than FILM"):
        read_weights(tmp_path / "w")


def test_another_network_is_named_as_such(tmp_path):
    torch.save({"block0.conv.weight": torch.zeros(3)}, tmp_path / "rife.pkl")
    with pytest.raises(WeightsError, match=r"another network than FILM \(1 tensors: block0"):
        read_weights(tmp_path / "rife.pkl")


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match=r"film\.pt does not exist"):
        read_weights(tmp_path / "film.pt")


def test_a_name_or_folder_that_the_system_refuses_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(WeightsError, match="cannot be read: File name too long"):
        read_weights(tmp_path / ("f" * 300))

    def refused(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refused)
    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(WeightsError, match="cannot be read: Permission denied"):
        read_weights(tmp_path / "film.pt")


@pytest.mark.parametrize("content", [b"", b"x", b"<!DOCTYPE html><html>not found</html>"])
def test_what_is_no_weights_file_is_refused(tmp_path, content):
    (tmp_path / "film.pt").write_bytes(content)
    with pytest.raises(WeightsError, match="no weights file of a known kind; known are filmnet's"):
        read_weights(tmp_path / "film.pt")


def test_a_folder_that_is_no_saved_model_says_which_to_give(tmp_path):
    with pytest.raises(WeightsError, match=r"give the folder that holds saved_model\.pb"):
        read_weights(tmp_path)
