import hashlib

import h5py
import numpy as np
import pytest
import scipy.io
import torch
from safetensors.torch import save_file

from filmnet.model import VGG_TAPS
from filmnet.weights import load_vgg19
from seeded_vgg import CONVS, seeded_kernels, seeded_vgg

TORCHVISION = {
    "conv1_1": 0,
    "conv1_2": 2,
    "conv2_1": 5,
    "conv2_2": 7,
    "conv3_1": 10,
    "conv3_2": 12,
    "conv3_3": 14,
    "conv3_4": 16,
    "conv4_1": 19,
    "conv4_2": 21,
    "conv4_3": 23,
    "conv4_4": 25,
    "conv5_1": 28,
    "conv5_2": 30,
}
"""Places of the convolutions in torchvision's `features`, as its source lists the layers."""


def _some(last):
    """Seeded kernels up to a convolution."""
    names = list(CONVS)[: list(CONVS).index(last) + 1]
    return {name: seeded_kernels()[name] for name in names}


def _cells(*values):
    cells = np.empty((1, len(values)), dtype=object)
    for i, value in enumerate(values):
        cells[0, i] = value
    return cells


def _write_mat(path, kernels, old=False):
    layers = []
    for name, (kernel, bias) in kernels.items():
        layer = {"name": name, "type": "conv", "pad": [1, 1, 1, 1]}
        column = bias[:, None]
        if old:
            layer |= {"filters": kernel, "biases": bias[None]}
        else:
            layer |= {"weights": _cells(kernel, column)}
        layers += [layer, {"name": f"relu{name[4:]}", "type": "relu"}]
    fully = {"name": "fc6", "type": "conv", "weights": _cells(np.zeros((7, 7, 2, 3)), np.ones(3))}
    scipy.io.savemat(path, {"layers": _cells(*layers, fully), "meta": {"classes": "cat"}})


def _write_old_mat(path, kernels):
    _write_mat(path, kernels, old=True)


def _keras(kernels):
    """Keras' arrays: block1_conv1's kernel reads blue first."""
    arrays = {}
    for name, (kernel, bias) in kernels.items():
        layer = f"block{name[4]}_conv{name[6]}"
        arrays[layer] = (kernel[:, :, ::-1] if name == "conv1_1" else kernel, bias)
    return arrays


def _write_applications_h5(path, kernels):
    """As keras-applications distributes it."""
    with h5py.File(path, "w") as file:
        for layer, (kernel, bias) in _keras(kernels).items():
            file[f"{layer}/{layer}_W_1:0"] = kernel
            file[f"{layer}/{layer}_b_1:0"] = bias
        file["predictions/predictions_W_1:0"] = np.zeros((4, 5))


def _write_model_h5(path, kernels):
    """As `model.save` writes it, with an optimizer's numbers beside the weights."""
    with h5py.File(path, "w") as file:
        for layer, (kernel, bias) in _keras(kernels).items():
            file[f"model_weights/{layer}/{layer}/kernel:0"] = kernel
            file[f"model_weights/{layer}/{layer}/bias:0"] = bias
            file[f"optimizer_weights/Adam/m/{layer}/kernel:0"] = 0 * kernel


def _write_npz(path, kernels):
    arrays = {}
    for layer, (kernel, bias) in _keras(kernels).items():
        arrays |= {f"{layer}/kernel": kernel, f"{layer}/bias": bias}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _torchvision(kernels):
    state = {"classifier.0.weight": torch.zeros(2, 3)}
    for name, (kernel, bias) in kernels.items():
        place = f"features.{TORCHVISION[name]}"
        state[f"{place}.weight"] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        state[f"{place}.bias"] = torch.from_numpy(bias)
    return state


def _write_pth(path, kernels, zipped=False):
    torch.save(_torchvision(kernels), path, _use_new_zipfile_serialization=zipped)


def _write_new_pth(path, kernels):
    _write_pth(path, kernels, zipped=True)


def _write_torchvision_safetensors(path, kernels):
    save_file(_torchvision(kernels), path)


PUBLISHED = [_write_mat, _write_old_mat, _write_applications_h5, _write_model_h5, _write_npz]
TORCH = [_write_pth, _write_new_pth, _write_torchvision_safetensors]


@pytest.mark.parametrize("write", [*PUBLISHED, *TORCH])
def test_every_kind_of_file_gives_the_same_kernels(tmp_path, write):
    path = tmp_path / "vgg"  # its content says what it is, not its name
    write(path, _some("conv3_1"))
    loaded = load_vgg19(path)
    wanted = seeded_vgg(VGG_TAPS[:2]).convs.state_dict()
    found = loaded.network.convs.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert loaded.info.taps == loaded.network.taps == VGG_TAPS[:2]
    rule = "torchvision" if write in TORCH else "means"
    assert loaded.info.input_rule == loaded.network.input_rule == rule


def test_a_whole_network_has_all_taps_and_nothing_to_remark(tmp_path):
    path = tmp_path / "vgg.npz"
    _write_npz(path, seeded_kernels())
    loaded = load_vgg19(str(path))
    assert loaded.info.taps == VGG_TAPS
    assert loaded.info.remarks == ()
    assert loaded.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    picture = torch.rand(1, 3, 17, 18)
    for made, wanted in zip(loaded.network(picture), seeded_vgg()(picture), strict=True):
        assert torch.equal(made, wanted)
