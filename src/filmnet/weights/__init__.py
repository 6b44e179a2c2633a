"""Names → files → verified tensors.

    registry          which models have a name, and where each lies
    loading           a name or a path → the file; foreign files become ours
    download          a file over HTTP, resumed and checked
    lock              one process at a time
    files             which kind of file it is, by its content
    native            our own format: safetensors with everything their use needs
    torch_files       TorchScript archives and state dicts, without running their code
    tensorflow_files  SavedModel folders, without TensorFlow
    exported          what `filmnet export` wrote, read as data
    protobuf          the encoding of SavedModel's tables and of ONNX
    names             how others call FILM's convolutions
    fit               every weight once, of the right shape, finite
    vgg19             the VGG-19 that the losses look through, and where it is kept
    vgg_files         the kinds of file that VGG-19 comes in

The names below are imported when they are first used, so that listing models needs no PyTorch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filmnet.weights.exported import ExportedNetwork, export_metadata
    from filmnet.weights.files import find_onnx
    from filmnet.weights.info import LoadedWeights, Padding, WeightsInfo
    from filmnet.weights.loading import import_weights, load_weights, locate
    from filmnet.weights.native import save_weights
    from filmnet.weights.registry import MODELS, Model
    from filmnet.weights.vgg19 import LoadedVgg, VggInfo, import_vgg19, load_vgg19

__all__ = [
    "MODELS",
    "ExportedNetwork",
    "LoadedVgg",
    "LoadedWeights",
    "Model",
    "Padding",
    "VggInfo",
    "WeightsInfo",
    "export_metadata",
    "find_onnx",
    "import_vgg19",
    "import_weights",
    "load_vgg19",
    "load_weights",
    "locate",
    "save_weights",
]

_LAZY = {
    "MODELS": "registry",
    "ExportedNetwork": "exported",
    "LoadedVgg": "vgg19",
    "LoadedWeights": "info",
    "Model": "registry",
    "Padding": "info",
    "VggInfo": "vgg19",
    "WeightsInfo": "info",
    "export_metadata": "exported",
    "find_onnx": "files",
    "import_vgg19": "vgg19",
    "import_weights": "loading",
    "load_vgg19": "vgg19",
    "load_weights": "loading",
    "locate": "loading",
    "save_weights": "native",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
