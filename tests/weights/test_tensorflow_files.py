import contextlib
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.model import FilmConfig
from filmnet.weights import load_weights
from filmnet.weights.tensorflow_files import as_torch_kernels, is_saved_model, read_saved_model

SAVED_MODEL = Path(__file__).parent / "data" / "saved_model"
NUMBERS = "variables/variables.data-00000-of-00001"


@pytest.fixture
def damaged(tmp_path):
    """A copy of the SavedModel, to be damaged."""
    return Path(shutil.copytree(SAVED_MODEL, tmp_path / "saved_model"))


def test_the_variables_of_a_model_that_keras_saved_have_their_names_and_numbers():
    read, _ = read_saved_model(SAVED_MODEL)
    order = (SAVED_MODEL / "order.txt").read_text().split()
    assert sorted(read) == sorted(order)
    rng = np.random.default_rng(7)  # as data/make_saved_model.py filled them, in this order
    for name in order:
        expected = rng.standard_normal(tuple(read[name].shape)).astype(np.float32)
        assert np.array_equal(read[name].numpy(), expected), name


def test_kernels_become_pytorchs_and_biases_stay():
    kernel = torch.arange(24.0).reshape(1, 2, 3, 4)
    turned = as_torch_kernels({"kernel": kernel, "bias": torch.arange(4.0)})
    assert turned["kernel"].shape == (4, 3, 1, 2)
    assert turned["kernel"][3, 2, 0, 1] == kernel[0, 1, 2, 3]
    assert torch.equal(turned["bias"], torch.arange(4.0))


def test_a_saved_model_loads_with_its_configuration():
    loaded = load_weights(SAVED_MODEL)
    assert loaded.info.config == FilmConfig(filters=2, flow_filters=(2, 4, 6, 8))
    assert loaded.info.format == "TensorFlow SavedModel"
    assert loaded.info.sha256 == hashlib.sha256((SAVED_MODEL / NUMBERS).read_bytes()).hexdigest()


def test_a_folder_without_variables_is_no_saved_model(tmp_path):
    assert is_saved_model(SAVED_MODEL)
    assert not is_saved_model(tmp_path)


def test_a_missing_data_file_is_named(damaged):
    (damaged / NUMBERS).unlink()
    with pytest.raises(WeightsError, match="data-00000-of-00001"):
        read_saved_model(damaged)


@pytest.mark.parametrize("file", [NUMBERS, "variables/variables.index"])
def test_a_file_cut_short_is_an_error(damaged, file):
    path = damaged / file
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(WeightsError, match="damaged or incomplete"):
        read_saved_model(damaged)


def test_a_damaged_index_raises_nothing_but_our_error(damaged):
    path = damaged / "variables/variables.index"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(200):
        changed = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            changed[at] = rng.integers(256)
        path.write_bytes(changed)
        with contextlib.suppress(WeightsError):  # or it reads, under other names perhaps
            read_saved_model(damaged)


@pytest.mark.slow
def test_our_reader_equals_tensorflows_own(tmp_path, variables):
    tf = pytest.importorskip("tensorflow", reason="pip install filmnet[tf]")
    module = tf.Module()
    module.parts = [tf.Variable(value, name=name) for name, value in variables.items()]
    tf.saved_model.save(module, str(tmp_path / "saved_model"))
    read, _ = read_saved_model(tmp_path / "saved_model")
    theirs = {part.name: part.numpy() for part in module.parts}
    assert {f"{name}:0" for name in read} == set(theirs)
    assert all(np.array_equal(read[name[:-2]].numpy(), value) for name, value in theirs.items())
