"""From what a user names to verified weights; and from a foreign file to one of ours."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from filmnet.errors import WeightsError
from filmnet.model import FilmConfig
from filmnet.weights.download import download
from filmnet.weights.files import read_weights
from filmnet.weights.info import LoadedWeights
from filmnet.weights.lock import only_process
from filmnet.weights.native import make_folder, save_weights
from filmnet.weights.registry import DEFAULT, MODELS, Model, cache_folder


def load_weights(name_or_path: str | os.PathLike[str] | None = None) -> LoadedWeights:
    """Find, read and verify weights; a published model with an address is downloaded once.

    Args:
        name_or_path: a registered name, a file or folder of any known format (`./small` if it is
            called like a registered one), or None for the default that comes with the package.

    Raises:
        WeightsError: no such name or file, a model that is not on this machine, a damaged file,
            or weights of another network.
        OutputError: a downloaded model cannot be kept.
    """
    if name_or_path is None:
        name_or_path = DEFAULT
    if isinstance(name_or_path, str) and name_or_path in MODELS:
        return read_weights(locate(MODELS[name_or_path]))
    if not os.fspath(name_or_path):
        raise WeightsError(
            f"the name of the weights is empty; give a file, or one of {', '.join(MODELS)}"
        )
    path = Path(name_or_path)
    # Path.exists raises for names that the system refuses, in Python before 3.12.
    if not os.path.exists(path) and len(path.parts) == 1:  # noqa: PTH110
        near = difflib.get_close_matches(str(path), MODELS, n=1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        raise WeightsError(
            f"{path} is neither a file nor a registered model{guess}; "
            f"registered are {', '.join(MODELS)}"
        )
    return read_weights(path)


def locate(model: Model) -> Path:
    """Where a registered model's file lies; it is downloaded if it can be and is not there yet.

    Raises:
        WeightsError: it is not on this machine and cannot be downloaded; the message says which
            file to get from where, and the command that imports it. Or another process is at it.
        OutputError: the cache folder cannot be made or written.
    """
    # Path.is_file raises without access to the folder, in Python before 3.14.
    if os.path.isfile(model.path):  # noqa: PTH113
        return model.path
    if model.bundled:
        raise WeightsError(f"{model.path} is missing from this installation; install filmnet again")
    if model.url is None:
        raise WeightsError(f"{model.name} is not on this machine: {model.how_to_get}")
    make_folder(model.path.parent)
    with only_process(model.path, f"downloading {model.name}"):
        if not model.path.is_file():  # another process may just have finished it
            _download(model, model.url)
    return model.path


def _download(model: Model, url: str) -> None:
    """Fetch a model's file, convert it to ours, and say so."""
    file = cache_folder() / model.file
    try:
        sha256 = download(url, file, sha256=model.sha256)
    except WeightsError as error:
        raise WeightsError(f"{error}; or {model.how_to_get}") from error
    try:
        import_weights(file, model=model)
    finally:
        file.unlink()
    Console(stderr=True).print(
        f"{model.name}: downloaded, all weights there; sha256 of {model.file} {sha256}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def import_weights(
    source: Path,
    output: Path | None = None,
    *,
    model: Model | None = None,
    dtype: torch.dtype | None = None,
    overwrite: bool = False,
) -> LoadedWeights:
    """Convert weights of any known format to ours.

    Args:
        source: the file or folder.
        output: the file to write; if not given, where `model` is looked for.
        model: the registered model that this is.
        dtype: the type in which numbers are stored; that of `source` if not given.
        overwrite: replace an existing file.

    Returns:
        The weights as they can be loaded from the new file.

    Raises:
        WeightsError: a file that is damaged, or not the model that was named.
        OutputError: the output exists or cannot be written.
    """
    loaded = read_weights(source)
    info = loaded.info
    if model is not None and info.config != FilmConfig():
        raise WeightsError(
            f"{source} holds a FILM network of another size ({loaded.parameters:,} parameters) "
            f"than {model.name}; import it with -o FILE instead"
        )
    if output is None:
        if model is None:
            raise ValueError("neither output nor model was given")
        output = model.path
        make_folder(output.parent)
    if info.format != "filmnet":
        origin = {"imported_from": source.name, "format": info.format, "sha256": info.sha256}
        info = replace(info, name=model.name if model else output.stem, training=origin)
    dtype = dtype or _stored_dtype(info.precision)
    save_weights(output, loaded.state_dict, info, dtype=dtype, overwrite=overwrite)
    return read_weights(output)


def _stored_dtype(precision: str) -> torch.dtype:
    """Keep half precision; several types become the widest that we store."""
    dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(precision)
    return dtype or torch.float32
