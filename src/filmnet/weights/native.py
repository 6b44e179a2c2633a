"""Our own file: safetensors, and beside the tensors all that their use needs.

Each metadata value is JSON, since safetensors holds strings only:

    format    {"name": "filmnet", "version": 1}
    name      "small"
    config    {"pyramid_levels": 7, …}
    licence   "Apache-2.0"
    times     "any"
    padding   {"multiple": 64, "mode": "replicate"}
    training  {…}
    metrics   {…}
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from filmnet.errors import OutputError, WeightsError
from filmnet.model import FilmConfig
from filmnet.weights.fit import fit, stored_precision
from filmnet.weights.info import LoadedWeights, Padding, WeightsInfo

FORMAT = {"name": "filmnet", "version": 1}


def save_weights(
    path: str | os.PathLike[str],
    state_dict: Mapping[str, Tensor],
    info: WeightsInfo,
    *,
    dtype: torch.dtype | None = None,
    overwrite: bool = False,
) -> None:
    """Write weights to our format; under the final name there is never half a file.

    Args:
        path: the file to write; its folder must exist.
        state_dict: of `Film(info.config)`.
        info: name, configuration, licence, times, padding, training and metrics are written;
            what concerns the file it was read from is not.
        dtype: the type in which numbers are stored; each tensor's own if not given.
        overwrite: replace an existing file.

    Raises:
        OutputError: the file exists, or cannot be written.
        WeightsError: the tensors are not those of the configuration, or too large for `dtype`.
    """
    path = Path(path)
    fitted = fit(state_dict, info.config, str(path))
    stored = {name: x.to(dtype or state_dict[name].dtype) for name, x in fitted.items()}
    if not all(tensor.isfinite().all() for tensor in stored.values()):
        raise WeightsError(
            f"{path}: some weights are too large for {stored_precision(stored.values())}; "
            "store them as bfloat16 or float32"
        )
    with replacing(path, overwrite=overwrite) as part:
        part.write_bytes(save(stored, metadata=_to_metadata(info)))


def native_weights(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], sha256: str
) -> LoadedWeights:
    """Verify what a file that `save_weights` wrote holds.

    Raises:
        WeightsError: metadata or tensors that do not belong together.
    """
    info = _from_metadata(metadata, path)
    state_dict = fit(tensors, info.config, str(path))
    info = replace(
        info, source=str(path), sha256=sha256, precision=stored_precision(tensors.values())
    )
    return LoadedWeights(state_dict=state_dict, info=info)


def is_native(metadata: Mapping[str, str]) -> bool:
    """Whether a safetensors file's metadata says that it is ours, of whatever version."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return bool(json.loads(metadata["format"])["name"] == FORMAT["name"])
    return False


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of any safetensors file.

    Raises:
        WeightsError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path}: the safetensors file is damaged or cut short ({error}); get it again"
        ) from error


@contextlib.contextmanager
def replacing(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary file beside `path` that takes its name when all went well.

    Raises:
        OutputError: `path` exists and is not to be overwritten, or cannot be written.
    """
    # Path's own questions raise for names that the system refuses, in Python before 3.12.
    if os.path.lexists(path) and not overwrite:
        raise OutputError(f"{path} exists already; pass --overwrite to replace it")
    if not os.path.isdir(path.parent):  # noqa: PTH112
        raise OutputError(
            f"{path}: the folder {path.parent} does not exist or is not yours to enter; "
            "make it first, or choose another"
        )
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):  # of a name that could not be written either
            part.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make the cache folder, if it is not there.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the cache folder {folder} cannot be made ({error.strerror}); "
            "set FILMNET_CACHE to another"
        ) from error


def info_to_values(info: WeightsInfo) -> dict[str, Any]:
    """What a file says about its network, as plain values."""
    return {
        "format": FORMAT,
        "name": info.name,
        "config": info.config.to_dict(),
        "licence": info.licence,
        "times": info.times,
        "padding": asdict(info.padding),
        "training": info.training,
        "metrics": info.metrics,
    }


def info_from_values(values: Mapping[str, Any], path: Path) -> WeightsInfo:
    """The inverse of `info_to_values`.

    Raises:
        WeightsError: values that are missing or contradict each other, or another version's.
    """
    try:
        if (version := values["format"]["version"]) != FORMAT["version"]:
            raise WeightsError(
                f"{path} has version {version} of the format, and this filmnet reads version "
                f"{FORMAT['version']}; upgrade filmnet"
            )
        return WeightsInfo(
            name=values["name"],
            config=FilmConfig.from_dict(values["config"]),
            licence=values["licence"],
            times=values["times"],
            padding=Padding(**values["padding"]),
            training=values["training"],
            metrics=values["metrics"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise damaged_metadata(path, error) from error


def damaged_metadata(path: Path, error: Exception) -> WeightsError:
    """What to raise where a file's words about its network make no sense."""
    return WeightsError(
        f"{path}: the metadata of the weights is damaged ({error}); get the file again"
    )


def _to_metadata(info: WeightsInfo) -> dict[str, str]:
    values = info_to_values(info)
    return {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}


def _from_metadata(metadata: Mapping[str, str], path: Path) -> WeightsInfo:
    try:
        values = {key: json.loads(text) for key, text in metadata.items()}
    except (ValueError, TypeError) as error:
        raise damaged_metadata(path, error) from error
    return info_from_values(values, path)
