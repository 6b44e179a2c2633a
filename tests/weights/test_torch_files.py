import io
import os
import pickle
import zipfile
from collections import OrderedDict

import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.weights.torch_files import (
    _Module,
    is_torchscript,
    read_state_dict,
    read_torchscript,
)


class _Program:
    """Creates a file when it is unpickled by a reader that runs what it reads."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def _archive(path, pickled, **members):
    """A TorchScript archive with a given `data.pkl`."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickled)
        archive.writestr("net/constants.pkl", pickle.dumps((), 2))
        for name, content in members.items():
            archive.writestr(f"net/data/{name}", content)


def test_torchscript_gives_the_tensors_by_their_names(tmp_path, port, save_torchscript):
    path = tmp_path / "film.pt"
    save_torchscript(port, path)
    assert is_torchscript(path)
    read = read_torchscript(path)
    assert read.keys() == port.keys()
    assert all(torch.equal(read[name], tensor) for name, tensor in port.items())


def test_torchscript_in_half_precision_stays_exact(tmp_path, port, save_torchscript):
    halves = {name: tensor.half() for name, tensor in port.items()}
    save_torchscript(halves, tmp_path / "film.pt")
    read = read_torchscript(tmp_path / "film.pt")
    assert all(torch.equal(read[name], tensor) for name, tensor in halves.items())


def test_a_torchscript_tensor_that_is_a_transposed_view_keeps_its_order(tmp_path, save_torchscript):
    turned = torch.arange(6.0).reshape(2, 3).t()
    save_torchscript({"layer.weight": turned}, tmp_path / "turned.pt")
    assert torch.equal(read_torchscript(tmp_path / "turned.pt")["layer.weight"], turned)


def test_a_program_in_a_torchscript_file_does_not_run(tmp_path):
    _archive(tmp_path / "evil.pt", pickle.dumps(_Program(tmp_path / "ran"), 2))
    with pytest.raises(WeightsError, match=r"evil\.pt holds more than tensors \(posix\.mkdir|nt"):
        read_torchscript(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "torch load",
        "torch.serialization load",
        "torch.hub load",
        "torch._utils _x",
    ],
)
def test_torch_functions_are_not_called_from_a_torchscript_file(tmp_path, name):
    _archive(
        tmp_path / "evil.pt",
        f"\x80\x02c{name.replace(' ', chr(10))}\nX\x01\x00\x00\x00a\x85R.".encode("latin1"),
    )
    with pytest.raises(WeightsError, match="holds more than tensors"):
        read_torchscript(tmp_path / "evil.pt")


def test_a_tensor_larger_than_its_numbers_is_damage(tmp_path, port, save_torchscript):
    path = tmp_path / "film.pt"
    save_torchscript(port, path)
    with zipfile.ZipFile(path) as archive:
        root = archive.namelist()[0].split("/")[0]
        pickled = archive.read(f"{root}/data.pkl")
    _archive(tmp_path / "short.pt", pickled, **{str(i): b"\0" * 4 for i in range(200)})
    with pytest.raises(WeightsError, match=r"short\.pt: the TorchScript file is damaged"):
        read_torchscript(tmp_path / "short.pt")


def test_a_torchscript_file_cut_short_is_damage(tmp_path, port, save_torchscript):
    path = tmp_path / "film.pt"
    save_torchscript(port, path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(WeightsError, match="damaged or cut short"):
        is_torchscript(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("nest", [None, "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_state_dicts_are_found_in_nests_and_under_prefixes(tmp_path, zipped, nest, prefix):
    tensor = torch.arange(3.0)
    content = {prefix + "fuse.bias": tensor}
    path = tmp_path / "w.pth"
    torch.save(
        {nest: content, "epoch": 3} if nest else content,
        path,
        _use_new_zipfile_serialization=zipped,
    )
    read = read_state_dict(path)
    assert list(read) == ["fuse.bias"]
    assert torch.equal(read["fuse.bias"], tensor)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_program_in_a_state_dict_does_not_run(tmp_path, zipped):
    path = tmp_path / "evil.pth"
    torch.save({"w": _Program(tmp_path / "ran")}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(WeightsError, match="could run code when it is opened, and was not read"):
        read_state_dict(path)
    assert not (tmp_path / "ran").exists()


def test_a_bare_pickle_program_does_not_run(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(_Program(tmp_path / "ran")))
    with pytest.raises(WeightsError, match=r"evil\.pkl"):
        read_state_dict(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [torch.zeros(3), {"epoch": 3}, {"w": torch.zeros(1), "n": 1}])
def test_what_is_no_state_dict_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="holds no state dict"):
        read_state_dict(tmp_path / "w.pth")


def test_a_state_dict_cut_short_is_damage(tmp_path):
    buffer = io.BytesIO()
    torch.save({"w": torch.zeros(1000)}, buffer, _use_new_zipfile_serialization=False)
    (tmp_path / "w.pth").write_bytes(buffer.getvalue()[:-1000])
    with pytest.raises(WeightsError, match="damaged"):
        read_state_dict(tmp_path / "w.pth")


@pytest.mark.parametrize(
    "named",
    [b"ccollections\nOrderedDict\n", b"ctorch\nFloatStorage\n", b"c__torch__.net\nNet\n"],
)
def test_a_file_cannot_change_what_its_names_stand_for(tmp_path, named):
    set_attribute = b"(N}(Vfoo\nI1\nutb."  # BUILD with the state (None, {"foo": 1})
    _archive(tmp_path / "net.pt", b"\x80\x02" + named + set_attribute)
    with pytest.raises(WeightsError, match="the TorchScript file is damaged"):
        read_torchscript(tmp_path / "net.pt")
    assert not any(hasattr(x, "foo") for x in (OrderedDict, torch.float32, _Module))
