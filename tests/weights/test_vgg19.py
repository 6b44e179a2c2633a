import hashlib
import os
import sys

import h5py
import numpy as np
import pytest
import scipy.io
import torch
from safetensors.torch import save_file

from filmnet.errors import OutputError, WeightsError
from filmnet.model import VGG_TAPS
from filmnet.weights import import_vgg19, load_vgg19
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


def test_an_imported_network_gives_the_same_features_and_is_found_by_itself(tmp_path, cache):
    _write_mat(tmp_path / "vgg.mat", _some("conv2_2"))
    imported = import_vgg19(tmp_path / "vgg.mat")
    assert imported.info.source == str(cache / "vgg19.safetensors")
    picture = torch.rand(2, 3, 9, 8)
    wanted = load_vgg19(tmp_path / "vgg.mat").network(picture)
    for made, expected in zip(load_vgg19().network(picture), wanted, strict=True):
        assert torch.equal(made, expected)


def test_an_imported_file_says_what_it_was_made_from(tmp_path):
    _write_pth(tmp_path / "vgg19-1.pth", _some("conv1_2"))
    import_vgg19(tmp_path / "vgg19-1.pth", tmp_path / "a.safetensors")
    info = import_vgg19(tmp_path / "a.safetensors", tmp_path / "b.safetensors").info
    sha256 = hashlib.sha256((tmp_path / "vgg19-1.pth").read_bytes()).hexdigest()
    assert info.imported_from == f"vgg19-1.pth (torchvision, sha256 {sha256})"
    assert info.format == "filmnet"
    assert info.licence == "unknown"
    assert info.input_rule == "torchvision"
    assert info.sha256 == hashlib.sha256((tmp_path / "b.safetensors").read_bytes()).hexdigest()


def test_torchvisions_network_and_one_in_part_are_said_openly(tmp_path):
    _write_pth(tmp_path / "vgg.pth", _some("conv3_4"))
    info = load_vgg19(tmp_path / "vgg.pth").info
    scale, part = info.remarks
    assert "values of the VGG and style losses are not comparable with published ones" in scale
    assert "compare conv1_2, conv2_2, conv3_2, and leave out conv4_2, conv5_2" in part
    assert info.taps == VGG_TAPS[:3]


def test_half_precision_is_read_as_float32(tmp_path):
    state = {name: tensor.half() for name, tensor in _torchvision(_some("conv1_2")).items()}
    torch.save(state, tmp_path / "vgg.pth")
    convs = load_vgg19(tmp_path / "vgg.pth").network.convs.state_dict()
    assert {tensor.dtype for tensor in convs.values()} == {torch.float32}


def test_without_an_import_the_error_says_which_file_to_get_and_the_command(cache):
    with pytest.raises(WeightsError) as caught:
        load_vgg19()
    message = str(caught.value)
    for words in (
        "imagenet-vgg-verydeep-19.mat",
        "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        "`filmnet weights import-vgg FILE`",
    ):
        assert words in message
    assert "\n" not in message


def test_gaps_wrong_shapes_and_broken_numbers_are_listed(tmp_path):
    kernels = _some("conv2_2")
    del kernels["conv2_1"]
    kernels["conv1_1"] = (kernels["conv1_1"][0][:, :, :, :5], kernels["conv1_1"][1])
    kernels["conv1_2"] = (kernels["conv1_2"][0], np.full(64, np.nan, np.float32))
    _write_npz(tmp_path / "vgg.npz", kernels)
    with pytest.raises(WeightsError) as caught:
        load_vgg19(tmp_path / "vgg.npz")
    message = str(caught.value)
    assert "2 missing: conv2_1.weight, conv2_1.bias" in message
    assert "1 of the wrong shape or type: conv1_1.weight (5x3x3x3 float32, not 64x3x3x3)" in message
    assert "1 with values that are not finite: conv1_2.bias" in message


def test_a_bias_that_is_missing_at_the_end_is_a_gap(tmp_path):
    state = _torchvision(_some("conv2_2"))
    del state["features.7.bias"]
    torch.save(state, tmp_path / "vgg.pth")
    with pytest.raises(WeightsError, match=r"1 missing: conv2_2\.bias"):
        load_vgg19(tmp_path / "vgg.pth")


def test_vgg16_lacks_a_convolution_of_vgg19(tmp_path):
    state = _torchvision(_some("conv3_3"))
    state["features.17.weight"] = torch.zeros(512, 256, 3, 3)
    state["features.19.weight"] = torch.zeros(512, 512, 3, 3)
    torch.save(state, tmp_path / "vgg16.pth")
    with pytest.raises(WeightsError, match=r"missing: conv3_4\.weight, conv3_4\.bias"):
        load_vgg19(tmp_path / "vgg16.pth")


def test_kernels_of_the_other_dimension_order_have_the_wrong_shape(tmp_path):
    kernels = {n: (k.transpose(3, 2, 0, 1), b) for n, (k, b) in _some("conv1_2").items()}
    _write_applications_h5(tmp_path / "vgg19_th.h5", kernels)
    with pytest.raises(WeightsError, match=r"of the wrong shape or type: conv1_1\.weight"):
        load_vgg19(tmp_path / "vgg19_th.h5")


def test_batch_normalisation_is_another_network(tmp_path):
    torch.save({"features.1.running_mean": torch.zeros(64)}, tmp_path / "vgg19_bn.pth")
    with pytest.raises(WeightsError, match=r"with batch normalisation.*plain vgg19-dcbb9e9d\.pth"):
        load_vgg19(tmp_path / "vgg19_bn.pth")


@pytest.mark.parametrize("write", [_write_mat, _write_applications_h5, _write_npz, _write_pth])
def test_less_than_the_first_tap_is_no_vgg(tmp_path, write):
    write(tmp_path / "vgg", _some("conv1_1"))
    with pytest.raises(WeightsError, match="holds no VGG-19, not even its conv1_1 and conv1_2"):
        load_vgg19(tmp_path / "vgg")


@pytest.mark.parametrize("write", [_write_mat, _write_applications_h5, _write_npz, *TORCH])
@pytest.mark.parametrize("share", [0.3, 0.98])
def test_a_file_cut_short_is_one_sentence(tmp_path, write, share):
    path = tmp_path / "vgg"
    write(path, _some("conv1_2"))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(WeightsError, match=r"vgg:? .*(damaged|missing|holds no VGG-19)"):
        load_vgg19(path)


def test_a_network_that_is_there_twice_is_refused(tmp_path):
    with h5py.File(tmp_path / "two.h5", "w") as file:
        for copy in ("teacher", "student"):
            file[f"{copy}/block1_conv1/kernel:0"] = seeded_kernels()["conv1_1"][0]
    with pytest.raises(WeightsError, match=r"holds conv1_1\.weight twice"):
        load_vgg19(tmp_path / "two.h5")


def test_what_is_no_weights_file_names_those_that_are(tmp_path):
    (tmp_path / "photo.jpg").write_text("hello")
    with pytest.raises(WeightsError, match=r"photo\.jpg is no file of VGG-19's weights; known are"):
        load_vgg19(tmp_path / "photo.jpg")
    with pytest.raises(WeightsError, match="does not exist"):
        load_vgg19(tmp_path / "none.mat")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_vgg19(tmp_path)


def test_a_newer_mat_file_says_how_to_save_it(tmp_path):
    (tmp_path / "new.mat").write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(600))
    with pytest.raises(WeightsError, match=r"MAT-file of version 7\.3.*-v7"):
        load_vgg19(tmp_path / "new.mat")


def test_a_mat_file_of_something_else_is_refused(tmp_path):
    scipy.io.savemat(tmp_path / "x.mat", {"numbers": np.zeros(3)})
    with pytest.raises(WeightsError, match="holds another thing than VGG-19"):
        load_vgg19(tmp_path / "x.mat")


@pytest.mark.parametrize(
    ("write", "module", "name"),
    [(_write_mat, "scipy", "SciPy"), (_write_applications_h5, "h5py", "h5py")],
)
def test_a_missing_library_is_an_error_that_says_what_to_install(
    tmp_path, monkeypatch, write, module, name
):
    write(tmp_path / "vgg", _some("conv1_2"))
    for loaded in [module, "scipy.io"]:
        monkeypatch.setitem(sys.modules, loaded, None)
    with pytest.raises(WeightsError, match=rf"needs {name}: pip install 'filmnet\[train\]'"):
        load_vgg19(tmp_path / "vgg")


class _Program:
    """Makes a folder when it is unpickled by a reader that runs what it reads."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_program_in_a_pytorch_file_does_not_run(tmp_path):
    torch.save({"features.0.weight": _Program(tmp_path / "ran")}, tmp_path / "vgg.pth")
    with pytest.raises(WeightsError, match="could run code when it is opened"):
        load_vgg19(tmp_path / "vgg.pth")
    assert not (tmp_path / "ran").exists()


def test_a_program_in_an_npz_file_does_not_run(tmp_path):
    with (tmp_path / "vgg.npz").open("wb") as file:
        program = np.array([_Program(tmp_path / "ran")], dtype=object)
        np.savez(file, **{"block1_conv1/kernel": program})
    with pytest.raises(WeightsError, match="damaged, or holds another thing than VGG-19"):
        load_vgg19(tmp_path / "vgg.npz")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"format": '{"name": "filmnet-vgg19", "version": 2}'}, "version 2 of the format"),
        ({"format": '{"name": "filmnet-vgg19", "version": 1}'}, "its input rule is None"),
    ],
)
def test_metadata_that_this_version_cannot_use_is_refused(tmp_path, metadata, message):
    save_file({"conv1_1.bias": torch.zeros(64)}, tmp_path / "v.safetensors", metadata)
    with pytest.raises(WeightsError, match=message):
        load_vgg19(tmp_path / "v.safetensors")


def test_an_import_does_not_replace_a_file_unasked(tmp_path, cache):
    _write_npz(tmp_path / "vgg.npz", _some("conv1_2"))
    import_vgg19(tmp_path / "vgg.npz")
    with pytest.raises(OutputError, match="exists already; pass --overwrite"):
        import_vgg19(tmp_path / "vgg.npz")
    assert import_vgg19(tmp_path / "vgg.npz", overwrite=True).info.format == "filmnet"


def test_an_import_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "vgg.npz").write_text("hello")
    with pytest.raises(WeightsError):
        import_vgg19(tmp_path / "vgg.npz", tmp_path / "out.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["vgg.npz"]
