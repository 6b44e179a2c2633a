"""`filmnet export`: a network as a file for other programs."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Weights

if TYPE_CHECKING:
    from filmnet.interpolation.export import Export
    from filmnet.weights import LoadedWeights

export = typer.Typer(pretty_exceptions_enable=False)

LABEL_WIDTH = 11


class Precision(str, Enum):
    """In what the convolutions of an exported network compute."""

    float32 = "float32"
    float16 = "float16"


Output = Annotated[
    Path, typer.Option("-o", "--output", show_default=False, help="The file to write.")
]
PrecisionChoice = Annotated[
    Precision, typer.Option(help="Of the convolutions; inputs and output are float32 in both.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")]


@export.command("onnx")
def export_onnx(
    output: Output,
    weights: Weights = None,
    opset: Annotated[
        int,
        typer.Option(min=18, max=23, help="ONNX's operator set; older ones run in more places."),
    ] = 18,
    precision: PrecisionChoice = Precision.float32,
    overwrite: Overwrite = False,
) -> None:
    """Write an .onnx file, and compare it in ONNX Runtime with the network."""
    from filmnet.interpolation import export
    from filmnet.weights import load_weights

    loaded = load_weights(weights)
    written = export.export_onnx(
        loaded, output, opset=opset, precision=precision.value, overwrite=overwrite
    )
    _report(written, loaded, f"ONNX opset {opset}, {precision.value}")


@export.command("torch")
def export_torch(
    output: Output,
    weights: Weights = None,
    precision: PrecisionChoice = Precision.float32,
    overwrite: Overwrite = False,
) -> None:
    """Write a .pt2 file for torch.export.load, and compare it with the network."""
    from filmnet.interpolation import export
    from filmnet.weights import load_weights

    loaded = load_weights(weights)
    written = export.export_torch(loaded, output, precision=precision.value, overwrite=overwrite)
    _report(written, loaded, f"torch.export, {precision.value}")


def _report(written: Export, loaded: LoadedWeights, kind: str) -> None:
    times = "any in [0, 1]" if loaded.info.times == "any" else "0.5; other instants by halving"
    facts = [
        ("file", f"{written.path}, {written.size_bytes / 1e6:.1f} MB"),
        ("format", kind),
        ("weights", f"{loaded.info.name}, {loaded.info.licence}"),
        ("inputs", "image0, image1 (batch, 3, height, width) RGB in [0, 1]; t (batch)"),
        ("output", "image (batch, 3, height, width), not clipped"),
        ("sizes", f"sides from {written.smallest_side} px, any batch"),
        ("t", times),
    ]
    for comparison in written.comparisons:
        width, height = comparison.size
        facts.append(
            (
                "checked",
                f"{width}x{height}: differs by {comparison.difference:.1e} at most from PyTorch "
                f"({comparison.psnr:.0f} dB)",
            )
        )
    for label, value in facts:
        typer.echo(f"{label:{LABEL_WIDTH}}{value}")
