"""What `filmnet export` writes, read as data: no exported graph is built here, no code run.

    .onnx   a protocol-buffers message; its metadata hold one entry, `filmnet`, in JSON.
            The graph in it is for ONNX Runtime; its constants are no longer our parameters.
    .pt2    a zip file that torch.export wrote; `extra/filmnet.json` holds the same JSON.
            The weights in it are plain numbers under our names, and are all that is read:
            `torch.export.load` unpickles what it finds and evaluates texts as Python, so that a
            file made for it can run anything.

The JSON is what our safetensors say of themselves, and under `export` what the export was made of.
"""

from __future__ import annotations

import json
import mmap
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from filmnet import __version__
from filmnet.errors import WeightsError
from filmnet.weights.fit import fit, stored_precision
from filmnet.weights.info import LoadedWeights, WeightsInfo
from filmnet.weights.native import damaged_metadata, info_from_values, info_to_values
from filmnet.weights.protobuf import Message, number, octets, read_message

METADATA_NAME = "filmnet"
METADATA_FILE = f"{METADATA_NAME}.json"

PREFIX = "film."
"""Where the network stands in what is exported."""

ONNX_START = b"\x08"
"""The tag of an ONNX file's first field, its format's version."""

GRAPH, OPSETS, METADATA = 7, 8, 14
"""Fields of an ONNX file."""

NUMBERS = {6: torch.float16, 7: torch.float32, 13: torch.bfloat16}
"""How torch.export calls the types that weights have."""


@dataclass(frozen=True, kw_only=True)
class ExportedNetwork:
    """A network that another runtime computes; what its file says about it."""

    path: Path
    info: WeightsInfo
    parameters: int


def export_metadata(loaded: LoadedWeights, precision: str) -> str:
    """The JSON that goes into an exported file."""
    origin = {
        "source": Path(loaded.info.source).name,
        "sha256": loaded.info.sha256,
        "precision": precision,
        "parameters": loaded.parameters,
        "filmnet": __version__,
    }
    return json.dumps(info_to_values(loaded.info) | {"export": origin}, ensure_ascii=False)


def looks_like_onnx(path: Path) -> bool:
    """Whether a file is called .onnx, or starts as one and has a graph in it."""
    if path.suffix.lower() == ".onnx":
        return True
    try:
        with path.open("rb") as file:
            if file.read(1) != ONNX_START:
                return False
        return GRAPH in _onnx_fields(path)
    except (OSError, ValueError, IndexError):
        return False


def read_onnx(path: Path, sha256: str) -> ExportedNetwork:
    """What an ONNX file of ours says about its network.

    Raises:
        WeightsError: the file is damaged, or was not made by filmnet.
    """
    try:
        fields = _onnx_fields(path)
        entries = [read_message(entry) for entry in _messages(fields, METADATA)]
        texts = {octets(entry, 1).decode(): octets(entry, 2).decode() for entry in entries}
        opsets = [read_message(opset) for opset in _messages(fields, OPSETS)]
        opset = max(number(opset, 2) for opset in opsets if not opset.get(1, [b""])[-1])
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, IndexError, KeyError) as error:
        raise WeightsError(
            f"{path}: the ONNX file is damaged or cut short; export it again"
        ) from error
    if METADATA_NAME not in texts:
        raise WeightsError(
            f"{path} is an ONNX network that filmnet did not make, and does not say what it is; "
            "make one with `filmnet export onnx`"
        )
    info, origin = _from_json(texts[METADATA_NAME], path)
    info = replace(
        info,
        format=f"ONNX opset {opset}",
        source=str(path),
        sha256=sha256,
        precision=str(origin["precision"]),
    )
    return ExportedNetwork(path=path, info=info, parameters=int(origin["parameters"]))


def is_exported_program(names: list[str]) -> bool:
    """Whether the members of a zip file are those of torch.export's."""
    return any(name.split("/", 1)[-1] == "models/model.json" for name in names)


def read_exported_program(path: Path, sha256: str) -> LoadedWeights:
    """The weights of a file that `filmnet export torch` wrote; its graph is not touched.

    Raises:
        WeightsError: the file is damaged, or was not made by filmnet.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = archive.namelist()[0].split("/")[0]
            if f"{root}/extra/{METADATA_FILE}" not in archive.namelist():
                raise WeightsError(
                    f"{path} is a program that torch.export wrote for something else than "
                    "filmnet, and could run code when it is loaded; make one with "
                    "`filmnet export torch`"
                )
            text = archive.read(f"{root}/extra/{METADATA_FILE}").decode()
            tensors = dict(_weights(archive, f"{root}/data/weights"))
    except WeightsError:
        raise
    except Exception as error:  # a damaged file can raise anything
        raise WeightsError(f"{path} is damaged or cut short; export it again") from error
    info, _ = _from_json(text, path)
    state_dict = fit(tensors, info.config, str(path))
    info = replace(
        info,
        format="torch.export",
        source=str(path),
        sha256=sha256,
        precision=stored_precision(tensors.values()),
    )
    return LoadedWeights(state_dict=state_dict, info=info)


def _weights(archive: zipfile.ZipFile, folder: str) -> list[tuple[str, Tensor]]:
    """Names and numbers; anything that is not plain numbers raises."""
    config = json.loads(archive.read(f"{folder}/model_weights_config.json"))["config"]
    weights = []
    for name, entry in config.items():
        if entry["use_pickle"]:
            raise ValueError(f"{name} is pickled")
        content = bytearray(archive.read(f"{folder}/{entry['path_name']}"))
        weights.append((name.removeprefix(PREFIX), _tensor(content, entry["tensor_meta"])))
    return weights


def _tensor(content: bytearray, meta: Mapping[str, Any]) -> Tensor:
    numbers = torch.frombuffer(content, dtype=NUMBERS[meta["dtype"]])
    size, stride = ([part["as_int"] for part in meta[key]] for key in ("sizes", "strides"))
    return torch.as_strided(numbers, size, stride, meta["storage_offset"]["as_int"]).clone()


def _onnx_fields(path: Path) -> Message:
    """The file's own fields; the graph in it is not taken apart."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return read_message(content)


def _messages(fields: Message, field: int) -> list[bytes]:
    return [value for value in fields.get(field, []) if isinstance(value, bytes)]


def _from_json(text: str, path: Path) -> tuple[WeightsInfo, dict[str, Any]]:
    """What is known of the weights, and what the export was made of."""
    try:
        values = json.loads(text)
        origin = {key: values["export"][key] for key in ("precision", "parameters")}
        origin["parameters"] = int(origin["parameters"])
    except (ValueError, TypeError, KeyError) as error:
        raise damaged_metadata(path, error) from error
    return info_from_values(values, path), origin
