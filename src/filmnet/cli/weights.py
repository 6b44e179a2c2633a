"""`filmnet weights`: list, find, import and inspect weights, and import the losses' VGG-19."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.weights.registry import MODELS, Model

if TYPE_CHECKING:
    from filmnet.weights import ExportedNetwork, LoadedWeights

weights = typer.Typer(pretty_exceptions_enable=False)

LABEL_WIDTH = 15

INPUT_RULES = {
    "means": "255 x RGB minus ImageNet's means, as published",
    "torchvision": "torchvision's normalisation",
}
"""What the kernels of a VGG-19 expect, in words."""


class Precision(str, Enum):
    """Types in which weights can be stored."""

    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


@weights.command("list")
def list_models() -> None:
    """List the models that have a name, and whether they are on this machine."""
    width = max(map(len, MODELS))
    for model in MODELS.values():
        typer.echo(f"{model.name:{width}}  {_state(model):14}  {model.description}")
    typer.echo("\n`filmnet weights path NAME` downloads a model, or says how to get it.")


@weights.command("path")
def path(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `filmnet weights list`.")],
) -> None:
    """Print where a model's file lies; download it first where that is possible."""
    if name not in MODELS:
        raise typer.BadParameter(f"{name!r} is not registered; registered are {', '.join(MODELS)}")
    from filmnet.weights import locate

    typer.echo(locate(MODELS[name]))


@weights.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A TensorFlow SavedModel folder, TorchScript or state-dict .pt, ComfyUI's "
            ".safetensors, or a file of filmnet.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The .safetensors file to write.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Store it as this registered model instead of -o.")
    ] = None,
    precision: Annotated[
        Precision | None,
        typer.Option(help="How to store the numbers; as in FILE if not given."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.")
    ] = False,
) -> None:
    """Convert weights to filmnet's format, and print what they are."""
    if (output is None) == (name is None):
        raise typer.BadParameter("give either -o FILE or --name NAME")
    if name is not None and (name not in MODELS or MODELS[name].bundled):
        names = ", ".join(model.name for model in MODELS.values() if not model.bundled)
        raise typer.BadParameter(f"--name {name!r} is not one of {names}")
    import torch

    from filmnet.weights import import_weights

    loaded = import_weights(
        file,
        output,
        model=None if name is None else MODELS[name],
        dtype=None if precision is None else getattr(torch, precision.value),
        overwrite=overwrite,
    )
    typer.echo("\n".join(_describe(loaded)))


@weights.command("import-vgg")
def import_vgg(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="MatConvNet's imagenet-vgg-verydeep-19.mat, a Keras .h5 or .npz, torchvision's "
            "vgg19 .pth, or a file of filmnet.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="The .safetensors file to write; if not given, where training and evaluation "
            "look for it.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.")
    ] = False,
) -> None:
    """Convert the VGG-19 that the losses need to filmnet's format, and print what it is."""
    from filmnet.weights import import_vgg19

    imported = import_vgg19(file, output, overwrite=overwrite).info
    facts = {
        "file": imported.source,
        "sha256": imported.sha256,
        "imported from": imported.imported_from,
        "input": INPUT_RULES[imported.input_rule],
        "features": ", ".join(imported.taps),
        "licence": imported.licence,
    }
    typer.echo("\n".join(f"{label:{LABEL_WIDTH}}{value}" for label, value in facts.items()))
    for remark in imported.remarks:
        typer.echo(f"Note: {remark}.", err=True)


@weights.command("info")
def info(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A registered name, or a file or folder.")
    ],
) -> None:
    """Print what weights are: parameters, configuration, licence, training, sha256."""
    from filmnet.weights import find_onnx, load_weights

    typer.echo("\n".join(_describe(find_onnx(file) or load_weights(file))))


def _state(model: Model) -> str:
    if model.bundled:
        return "bundled"
    if os.path.isfile(model.path):  # noqa: PTH113 - where it may not be looked at, it is not
        return "on disk"
    return "downloadable" if model.url else "to be imported"


def _describe(loaded: LoadedWeights | ExportedNetwork) -> Iterator[str]:
    info = loaded.info
    times = {"any": "any instant", "midpoint": "the midpoint; others by recursion"}
    padding = f"to multiples of {info.padding.multiple} px, {info.padding.mode}"
    facts = {
        "name": info.name,
        "file": info.source,
        "format": f"{info.format}, {info.precision}",
        "sha256": info.sha256,
        "parameters": f"{loaded.parameters:,}",
        "makes": times[info.times],
        "padding": padding,
        "licence": info.licence,
        "configuration": info.config.to_dict(),
        "training": info.training,
        "metrics": info.metrics,
    }
    for label, value in facts.items():
        if not isinstance(value, dict):
            yield f"{label:{LABEL_WIDTH}}{value}"
        elif value:
            yield label
            yield from (f"  {key:{LABEL_WIDTH + 8}}{_compact(part)}" for key, part in value.items())


def _compact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
