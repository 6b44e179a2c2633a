"""Tensors out of PyTorch's own files, and nothing but tensors.

Both kinds of file are pickles, which in general are programs. Neither is run here:

- A state dict goes through `torch.load(weights_only=True)`, which refuses whatever is not data.
- A TorchScript archive holds a network with its code. `torch.jit.load` would compile that code and
  may run parts of it (a module's `__setstate__`), and TorchScript itself is being retired. So the
  archive is read as what it is, a zip file: its `data.pkl` is unpickled by a reader that knows four
  harmless names and turns every other class into an empty object with attributes. The tensors
  found in these attributes, named by their path, are the state dict.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from filmnet.errors import WeightsError

NESTS = ("state_dict", "model")
"""Keys under which training programs put the state dict."""

PREFIX = "module."
"""What data-parallel training puts before every key."""


STORAGES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
}
"""What archives call the types of the numbers that weights and counters use."""


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript archive: a zip file of a network with its code.

    Raises:
        WeightsError: the file starts as a zip file does, and is damaged.
    """
    return any(_inner(name) == "constants.pkl" for name in zip_members(path))


def zip_members(path: Path) -> list[str]:
    """The names in a zip file.

    Raises:
        WeightsError: the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{path} is damaged or cut short; get it again") from error


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """The tensors of a TorchScript archive, by their names in the network.

    Raises:
        WeightsError: the archive is damaged, or holds what is not data.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if _inner(name) == "data.pkl")
            with archive.open(root) as file:
                module = _TensorReader(file, archive, root.removesuffix(".pkl")).load()
        return dict(_tensors(module))
    except WeightsError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise WeightsError(
            f"{path}: the TorchScript file is damaged ({error or type(error).__name__}); "
            "get it again"
        ) from error


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a file that `torch.save` wrote; nests and prefixes are taken off.

    Raises:
        WeightsError: the file is damaged, or holds more than plain data.
    """
    try:
        with path.open("rb") as file:  # given a path, PyTorch would judge by its extension
            content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} is damaged, or holds more than tensors and could run code when it is opened, "
            "and was not read; ask its maker for a state dict or a safetensors file"
        ) from error
    except Exception as error:  # a damaged file can raise anything
        raise WeightsError(
            f"{path}: the PyTorch file is damaged ({type(error).__name__}); get it again"
        ) from error
    for nest in NESTS:
        if isinstance(content, Mapping) and isinstance(content.get(nest), Mapping):
            content = content[nest]
    if not isinstance(content, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in content.items()
    ):
        raise WeightsError(f"{path} holds no state dict (names with tensors); choose another file")
    return {name.removeprefix(PREFIX): tensor for name, tensor in content.items()}


def _inner(name: str) -> str:
    """A zip member's name without the archive's own folder."""
    return name.split("/", 1)[-1]


class _Module:
    """Stands for any class of the archive: keeps its attributes, does nothing."""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            vars(self).update(state)


class _TensorReader(pickle.Unpickler):
    """Unpickles modules, plain values and tensors of an archive.

    A pickle can set attributes of whatever `find_class` returns. So the functions are made anew
    each time, and the rest does not let itself be changed: OrderedDict, types of numbers, and
    `_Module`, whose `__setstate__` needs an instance.
    """

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self.archive = archive
        self.folder = folder
        self.storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return _Module
        if module == "torch.jit._pickle":
            return lambda value=None, *_: value
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *arguments: _rebuild_tensor(*arguments)
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise WeightsError(
            f"{self.archive.filename} holds more than tensors ({module}.{name}) and could run "
            "code when it is opened, and was not read; choose another file"
        )

    def persistent_load(self, identifier: Any) -> Tensor:
        """The numbers that a tensor is a view of; several tensors may share them."""
        _, dtype, key, _, count = identifier
        if key not in self.storages:
            content = bytearray(self.archive.read(f"{self.folder}/{key}"))
            self.storages[key] = torch.frombuffer(content, dtype=dtype, count=count)
        return self.storages[key]


def _rebuild_tensor(
    storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    return torch.as_strided(storage, size, stride, offset)


def _tensors(value: object, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor below a module, with the path of attributes to it."""
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, _Module):
        for name, part in vars(value).items():
            yield from _tensors(part, f"{path}.{name}" if path else str(name))
