"""A network as a file that other programs compute: ONNX, or PyTorch's own exported program.

weights ─ Film ─ torch.export ─┬─ torch.onnx ─▶ .onnx
                               └──────────────▶ .pt2

Batch, height and width stay free. What was written is computed and compared with the network
itself before it takes its name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.nn import functional as F

from filmnet.errors import OutputError
from filmnet.interpolation.device import PRECISIONS
from filmnet.interpolation.onnx_engine import open_session, run_session
from filmnet.model import Film
from filmnet.weights import LoadedWeights, export_metadata
from filmnet.weights.exported import METADATA_FILE, METADATA_NAME
from filmnet.weights.native import replacing

OPSETS = range(18, 24)
"""ONNX operator sets that PyTorch's exporter writes."""

CLOSE_ENOUGH_DB = {"float32": 60.0, "float16": 45.0}
"""PSNR that an exported network must reach against the same network in float32."""

INPUTS, OUTPUT, FREE = ("image0", "image1", "t"), "image", ("batch", "height", "width")

Compute = Callable[[Tensor, Tensor, Tensor], Tensor]
"""image0, image1 (B, 3, H, W) and t (B,) to the image."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """An exported network against the network itself, on one made pair of pictures."""

    size: tuple[int, int]
    """Width and height."""

    difference: float
    """The largest, of values in [0, 1]."""

    psnr: float
    """In dB."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was written."""

    path: Path
    size_bytes: int
    smallest_side: int
    """Pixels that a side of the pictures needs."""

    comparisons: tuple[Comparison, ...]


class _PictureMaker(nn.Module):
    """The network with the inputs and the output that the exported one has."""

    def __init__(self, film: Film) -> None:
        super().__init__()
        self.film = film

    def forward(self, image0: Tensor, image1: Tensor, t: Tensor) -> Tensor:
        image: Tensor = self.film(image0, image1, t).image
        return image


def export_onnx(
    loaded: LoadedWeights,
    path: Path,
    *,
    opset: int = OPSETS.start,
    precision: str = "float32",
    overwrite: bool = False,
) -> Export:
    """Write an ONNX file, and compare it in ONNX Runtime with the network.

    Inputs are image0, image1 (B, 3, H, W) and t (B,), the output is image (B, 3, H, W), all of them
    float32; sides start at `config.smallest_side`.

    Args:
        loaded: the weights.
        path: the file to write.
        opset: ONNX's operator set, 18 to 23.
        precision: `float32`, or `float16` for the convolutions.
        overwrite: replace an existing file.

    Raises:
        OutputError: the file exists or cannot be written, libraries are missing, or what was
            written does not make the network's pictures.
    """
    _check_libraries()
    with replacing(path, overwrite=overwrite) as part, torch.no_grad():
        recorded = _record(loaded, precision)
        part.write_bytes(_to_onnx(recorded, opset, export_metadata(loaded, precision)))
        session, _ = open_session(part, "cpu")
        side = loaded.info.config.smallest_side
        sizes = ((side + 1, side), (3 * side - 1, 2 * side + 5))

        def compute(image0: Tensor, image1: Tensor, t: Tensor) -> Tensor:
            return run_session(session, image0, image1, t)

        return _checked(loaded, path, part, precision, compute, sizes)


def export_torch(
    loaded: LoadedWeights, path: Path, *, precision: str = "float32", overwrite: bool = False
) -> Export:
    """Write a .pt2 file for `torch.export.load`, and compare it with the network.

    As `export_onnx`, but sides start at twice `config.smallest_side`: torch.export fixes every
    length that may become one pixel.

    Raises:
        OutputError: as for `export_onnx`.
    """
    with replacing(path, overwrite=overwrite) as part, torch.no_grad():
        recorded = _record(loaded, precision)
        recorded.example_inputs = None
        content = io.BytesIO()  # given a path, PyTorch would put its name into the file
        metadata = {METADATA_FILE: export_metadata(loaded, precision)}
        torch.export.save(recorded, content, extra_files=metadata)
        part.write_bytes(content.getvalue())
        content.seek(0)
        # This runs what the file holds, which is what has just been written.
        compute: Compute = torch.export.load(content).module()
        side = 2 * loaded.info.config.smallest_side
        return _checked(
            loaded, path, part, precision, compute, ((side, side), (side + 7, side + 1))
        )


def _record(loaded: LoadedWeights, precision: str) -> ExportedProgram:
    """The network's computation, with free batch and size."""
    film = _film(loaded).set_precision(PRECISIONS[precision])
    side = 2 * loaded.info.config.smallest_side
    batch = Dim("batch", min=1)
    free = {0: batch, 2: Dim("height", min=side), 3: Dim("width", min=side)}
    pictures = torch.zeros(2, 2, 3, side, side + side // 2)
    with _quiet_exporter():
        recorded = torch.export.export(
            _PictureMaker(film),
            (*pictures, torch.tensor([0.25, 0.5])),
            dynamic_shapes=(free, free, {0: batch}),
        )
    for node in recorded.graph.nodes:  # it says where on this machine the source code lies
        node.meta.pop("stack_trace", None)
    return recorded


def _film(loaded: LoadedWeights) -> Film:
    film = Film(loaded.info.config)
    film.load_state_dict(loaded.state_dict)
    return film.eval().requires_grad_(False)


def _to_onnx(recorded: ExportedProgram, opset: int, metadata: str) -> bytes:
    """The content of the ONNX file."""
    with _quiet_exporter():
        program = torch.onnx.export(
            recorded,
            dynamo=True,
            opset_version=opset,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            verbose=False,
        )
    model: Any = program.model_proto if program is not None else None
    _name_free_lengths(model.graph)
    for node in model.graph.node:  # PyTorch's notes for debugging
        del node.metadata_props[:]
        node.doc_string = ""
    model.producer_name = METADATA_NAME
    model.metadata_props.add(key=METADATA_NAME, value=metadata)
    content: bytes = model.SerializeToString()
    return content


def _name_free_lengths(graph: Any) -> None:
    """Batch, height and width instead of the recorder's numbered symbols."""
    del graph.value_info[:]  # what runs the graph works it out from the inputs
    for value in (*graph.input, *graph.output):
        del value.metadata_props[:]
        shape = value.type.tensor_type.shape.dim
        free = FREE[:1] if len(shape) == 1 else (FREE[0], "", *FREE[1:])
        for length, name in zip(shape, free, strict=True):
            if name:
                length.dim_param = name


def _checked(
    loaded: LoadedWeights,
    path: Path,
    part: Path,
    precision: str,
    compute: Compute,
    sizes: tuple[tuple[int, int], ...],
) -> Export:
    """What was written, once it has proved to compute what the network does."""
    film = _film(loaded)
    comparisons = tuple(_compare(film, compute, *size) for size in sizes)
    needed = CLOSE_ENOUGH_DB[precision]
    for comparison in comparisons:
        if not comparison.psnr >= needed:
            width, height = comparison.size
            raise OutputError(
                f"{path} was not written: at {width}x{height} it is {comparison.psnr:.1f} dB from "
                f"the network itself, and {needed:g} are asked; use float32 or another opset, and "
                "the library versions of constraints.txt"
            )
    smallest = sizes[0][1]
    return Export(
        path=path,
        size_bytes=part.stat().st_size,
        smallest_side=smallest,
        comparisons=comparisons,
    )


def _compare(film: Film, compute: Compute, width: int, height: int) -> Comparison:
    """Soft random pictures, the second one shifted, at two instants in one batch."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, height // 4 + 2, width // 4 + 2, generator=generator)
    image0 = F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)
    image1 = image0.roll((1, 3), (-2, -1))
    t = torch.tensor([0.25, 0.5])
    error = (compute(image0, image1, t) - film(image0, image1, t).image).abs().double()
    psnr = -10 * torch.log10(error.square().mean().clamp_min(1e-30))
    return Comparison(size=(width, height), difference=float(error.max()), psnr=float(psnr))


def _check_libraries() -> None:
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise OutputError(
            f"writing ONNX needs {' and '.join(missing)}, not installed here: "
            "pip install 'filmnet[onnx]'"
        )


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Leave out what PyTorch's exporter says about PyTorch's own code."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".*LeafSpec.*", FutureWarning)
        yield
