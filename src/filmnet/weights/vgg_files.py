"""A file of VGG-19's convolutions, of any known kind, recognised from its content.

    MAT-file     MatConvNet's imagenet-vgg-verydeep-19.mat         RGB, kernels HWIO
    HDF5         Keras' vgg19_weights_tf_dim_ordering_tf_kernels   BGR, kernels HWIO
    npz          arrays under the names of Keras' layers           BGR, kernels HWIO
    pickle, zip  torchvision's vgg19-dcbb9e9d.pth                  RGB in [0, 1], kernels OIHW
    safetensors  ours, or torchvision's names

The same network in several conventions: what comes out has ours, and says which input rule goes
with the kernels. No file's code is run.
"""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.model import VggInput
from filmnet.model.vgg import BLOCKS, vgg_convolutions
from filmnet.weights.files import PICKLE_START, SAFETENSORS_START, START_BYTES, ZIP_START
from filmnet.weights.native import read_safetensors
from filmnet.weights.torch_files import is_torchscript, read_state_dict, read_torchscript

VGG_FORMAT = {"name": "filmnet-vgg19", "version": 1}
HDF5_START = b"\x89HDF\r\n\x1a\n"
MAT_START = b"MATLAB 5."
NEWER_MAT_START = b"MATLAB 7."
KNOWN = (
    "MatConvNet's imagenet-vgg-verydeep-19.mat, Keras' vgg19_weights_tf_dim_ordering_tf_kernels.h5 "
    "(or its layers as .npz), torchvision's vgg19-dcbb9e9d.pth, and filmnet's own safetensors"
)
KERAS_LAYER = re.compile(r"(?:^|/)block([1-5])_conv([1-4])(?=/)")


@dataclass(frozen=True, kw_only=True)
class VggFile:
    """The convolutions of a file, unchecked."""

    tensors: dict[str, Tensor]
    """`conv1_1.weight` (O, I, 3, 3) for RGB, `conv1_1.bias` (O,), and so on."""

    kind: str
    """`MatConvNet`, `Keras`, `torchvision` or `filmnet`."""

    input_rule: VggInput
    """What the kernels expect."""

    metadata: dict[str, Any] = field(default_factory=dict)
    """What a file of ours says about itself."""


def read_vgg_file(path: Path) -> VggFile:
    """Read the convolutions of a file of any known kind.

    Raises:
        WeightsError: no such file, none of the kinds, a damaged file, or the library is missing
            that reads it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
    except FileNotFoundError as error:
        raise WeightsError(f"{path} does not exist; give a file of VGG-19's weights") from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error
    reader = _reader(start, path)
    if reader is None:
        raise WeightsError(f"{path} is no file of VGG-19's weights; known are {KNOWN}")
    try:
        return reader(path)
    except WeightsError:
        raise
    except Exception as error:  # a damaged file can make its library raise anything
        raise WeightsError(
            f"{path} is damaged, or holds another thing than VGG-19 "
            f"({error or type(error).__name__}); get it again, or choose another"
        ) from error


def _reader(start: bytes, path: Path) -> Callable[[Path], VggFile] | None:
    """What reads a file that begins with `start`."""
    if start.startswith(HDF5_START):
        return _read_keras_hdf5
    if start.startswith((MAT_START, NEWER_MAT_START)):
        return _read_matconvnet
    if start.endswith(SAFETENSORS_START):
        return _read_safetensors
    if start.startswith(ZIP_START) and _is_npz(path):
        return _read_keras_npz
    if start.startswith((ZIP_START, PICKLE_START)):
        return _read_torch
    return None


def _read_matconvnet(path: Path) -> VggFile:
    scipy_io = _library("scipy.io", "SciPy", path)
    with path.open("rb") as file:
        if file.read(len(MAT_START)) != MAT_START:
            raise WeightsError(
                f"{path} is a MAT-file of version 7.3, MatConvNet's is an older one; "
                "get that one, or save this one in MATLAB with -v7"
            )
    content = scipy_io.loadmat(path, squeeze_me=True, variable_names=["layers"])
    tensors = {}
    for layer in np.atleast_1d(content["layers"]):
        name = str(layer["name"])
        if re.fullmatch(r"conv\d_\d", name):
            kernel, bias = _matconvnet_arrays(layer)
            tensors[f"{name}.weight"] = _kernel(kernel)
            tensors[f"{name}.bias"] = _tensor(bias)
    return VggFile(tensors=tensors, kind="MatConvNet", input_rule="means")


def _matconvnet_arrays(layer: Any) -> tuple[Any, Any]:
    """Kernel and bias of a convolution, as newer and as older versions of MatConvNet have them."""
    if "weights" in layer.dtype.names:
        kernel, bias = layer["weights"].item()
        return kernel, bias
    return layer["filters"].item(), layer["biases"].item()


def _read_keras_hdf5(path: Path) -> VggFile:
    h5py = _library("h5py", "h5py", path)
    arrays = {}
    with h5py.File(path, "r") as file:

        def keep(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and KERAS_LAYER.search(name):
                arrays[name] = item[()]

        file.visititems(keep)
    return _from_keras(path, arrays)


def _read_keras_npz(path: Path) -> VggFile:
    with np.load(path, allow_pickle=False) as content:
        names = [name for name in content.files if KERAS_LAYER.search(name)]
        return _from_keras(path, {name: content[name] for name in names})


def _from_keras(path: Path, arrays: Mapping[str, NDArray[Any]]) -> VggFile:
    """Arrays under paths like `block1_conv1/…`: kernels have four axes, biases one.

    Their first kernel reads blue first; turned round, it reads red first, with the same means.
    """
    tensors = {}
    for name, array in arrays.items():
        if name.startswith("optimizer"):
            continue
        layer = "conv{}_{}".format(*KERAS_LAYER.findall(name)[-1])
        key = f"{layer}.{'weight' if array.ndim == 4 else 'bias'}"
        if key in tensors:
            raise WeightsError(f"{path} holds {key} twice; choose a file of one network")
        tensors[key] = _kernel(array) if array.ndim == 4 else _tensor(array)
    if "conv1_1.weight" in tensors:
        tensors["conv1_1.weight"] = tensors["conv1_1.weight"].flip(1).contiguous()
    return VggFile(tensors=tensors, kind="Keras", input_rule="means")


def _read_torch(path: Path) -> VggFile:
    with path.open("rb") as file:
        zipped = file.read(len(ZIP_START)) == ZIP_START
    read = read_torchscript if zipped and is_torchscript(path) else read_state_dict
    return _from_torchvision(path, read(path))


def _read_safetensors(path: Path) -> VggFile:
    tensors, texts = read_safetensors(path)
    metadata = {}
    with contextlib.suppress(ValueError):
        metadata = {key: json.loads(text) for key, text in texts.items()}
    stated = metadata.get("format")
    if not isinstance(stated, dict) or stated.get("name") != VGG_FORMAT["name"]:
        return _from_torchvision(path, tensors)
    if stated.get("version") != VGG_FORMAT["version"]:
        raise WeightsError(
            f"{path} has version {stated.get('version')} of the format, and this filmnet reads "
            f"version {VGG_FORMAT['version']}; upgrade filmnet"
        )
    if metadata.get("input_rule") not in get_args(VggInput):
        raise ValueError(f"its input rule is {metadata.get('input_rule')!r}")
    rule = metadata["input_rule"]
    return VggFile(tensors=tensors, kind="filmnet", input_rule=rule, metadata=metadata)


def _from_torchvision(path: Path, tensors: Mapping[str, Tensor]) -> VggFile:
    """Tensors under torchvision's names, `features.N`, where N counts ReLUs and pools as well."""
    if any(name.endswith("running_mean") for name in tensors):
        raise WeightsError(
            f"{path} is VGG with batch normalisation, whose features are others; "
            "get torchvision's plain vgg19-dcbb9e9d.pth"
        )
    numbered = [
        (f"features.{number}.{part}", f"{name}.{part}")
        for number, name in _torchvision_numbers()
        for part in ("weight", "bias")
    ]
    found = {ours: tensors[theirs] for theirs, ours in numbered if theirs in tensors}
    return VggFile(tensors=found, kind="torchvision", input_rule="torchvision")


def _torchvision_numbers() -> Iterator[tuple[int, str]]:
    names = iter(vgg_convolutions())
    number = 0
    for count, _ in BLOCKS:
        for _ in range(count):
            yield number, next(names)[0]
            number += 2  # a convolution and its ReLU
        number += 1  # the pool


def _is_npz(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return all(name.endswith(".npy") for name in archive.namelist())
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{path} is damaged or cut short; get it again") from error


def _library(module: str, name: str, path: Path) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"{path}: reading this kind of file needs {name}: pip install 'filmnet[train]'"
        ) from error


def _kernel(array: NDArray[Any]) -> Tensor:
    """HWIO → OIHW."""
    return _tensor(np.transpose(array, (3, 2, 0, 1)))


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.array(array, order="C"))
