"""A file or folder of any known kind, recognised from its content, becomes verified weights.

safetensors   ours (its metadata says so), ComfyUI's, or the port's names
zip           TorchScript archive, a state dict that PyTorch saved, or our own export (.pt2)
pickle        a state dict that an old PyTorch saved
folder        TensorFlow 2 SavedModel
ONNX          our own export; for another runtime
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.weights.exported import (
    ExportedNetwork,
    is_exported_program,
    looks_like_onnx,
    read_exported_program,
    read_onnx,
)
from filmnet.weights.fit import fit_foreign, stored_precision
from filmnet.weights.info import LoadedWeights, Padding, WeightsInfo
from filmnet.weights.names import COMFYUI, PORT, TENSORFLOW, Naming
from filmnet.weights.native import is_native, native_weights, read_safetensors
from filmnet.weights.tensorflow_files import as_torch_kernels, is_saved_model, read_saved_model
from filmnet.weights.torch_files import (
    is_torchscript,
    read_state_dict,
    read_torchscript,
    zip_members,
)

ZIP_START = b"PK\x03\x04"
PICKLE_START = b"\x80"
START_BYTES = 9
SAFETENSORS_START = b"\0\0\0\0{"
"""The end of a header's length in eight bytes, little end first, and the JSON that follows."""

KNOWN = (
    "filmnet's safetensors and .pt2, a TensorFlow SavedModel folder, a TorchScript or "
    "state-dict .pt, and ComfyUI's safetensors"
)


def read_weights(path: Path) -> LoadedWeights:
    """Read and verify weights of any known format.

    Raises:
        WeightsError: no such file, none of the formats, a damaged file, or another network's.
    """
    if os.path.isdir(path):  # noqa: PTH112  # Path's own raises for some names, as do the next
        return _read_folder(path)
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
            sha256 = file_sha256(path)
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path} does not exist; give a weights file, or a name of `weights list`"
        ) from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error
    if start.endswith(SAFETENSORS_START):
        tensors, metadata = read_safetensors(path)
        if is_native(metadata):
            return native_weights(path, tensors, metadata, sha256)
        return _foreign(path, tensors, "safetensors", sha256)
    if start.startswith(ZIP_START) and is_exported_program(zip_members(path)):
        return read_exported_program(path, sha256)
    if start.startswith(ZIP_START) and is_torchscript(path):
        return _foreign(path, read_torchscript(path), "TorchScript", sha256)
    if start.startswith((ZIP_START, PICKLE_START)):
        return _foreign(path, read_state_dict(path), "PyTorch state dict", sha256)
    if looks_like_onnx(path):
        raise WeightsError(
            f"{path} is an exported network, which makes frames but holds no weights to convert, "
            "train or export; use the file that it was exported from"
        )
    raise WeightsError(f"{path} is no weights file of a known kind; known are {KNOWN}")


def find_onnx(name_or_path: str | os.PathLike[str] | None) -> ExportedNetwork | None:
    """The exported network that a file is; None for names and for every other kind of file.

    Raises:
        WeightsError: an ONNX file that is damaged or was not made by filmnet.
    """
    if name_or_path is None or not os.path.isfile(name_or_path):  # noqa: PTH113
        return None
    path = Path(name_or_path)
    return read_onnx(path, file_sha256(path)) if looks_like_onnx(path) else None


def _read_folder(folder: Path) -> LoadedWeights:
    if not is_saved_model(folder):
        raise WeightsError(
            f"{folder} is no TensorFlow SavedModel with variables/variables.index in it; "
            "give the folder that holds saved_model.pb"
        )
    variables, sha256 = read_saved_model(folder)
    return _foreign(folder, as_torch_kernels(variables), "TensorFlow SavedModel", sha256)


def _foreign(path: Path, tensors: Mapping[str, Tensor], kind: str, sha256: str) -> LoadedWeights:
    """Weights that the published code made or that were converted from it."""
    naming = _naming(tensors)
    if naming is None:
        some = ", ".join(list(tensors)[:3]) or "none"
        raise WeightsError(
            f"{path} holds another network than FILM ({len(tensors)} tensors: {some} …); "
            f"known are {KNOWN}"
        )
    config, state_dict = fit_foreign(tensors, naming, str(path))
    info = WeightsInfo(
        name=path.stem,
        config=config,
        licence="Apache-2.0",
        times="midpoint",
        padding=Padding(multiple=64, mode="zeros"),
        format=kind,
        source=str(path),
        sha256=sha256,
        precision=stored_precision(tensors.values()),
    )
    return LoadedWeights(state_dict=state_dict, info=info)


def _naming(names: Iterable[str]) -> Naming | None:
    """The format whose published names are most of these; None if it shares none."""
    names = set(names)
    best, most = None, 0
    naming: Naming
    for naming in (TENSORFLOW, PORT, COMFYUI):
        shared = len(names.intersection(naming.table(naming.depths(names)).values()))
        if shared > most:
            best, most = naming, shared
    return best


def file_sha256(path: Path) -> str:
    """Of the whole file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
