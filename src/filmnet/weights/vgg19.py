"""The VGG-19 of FILM's losses: found, verified, and kept as a file of ours.

filmnet cannot bring VGG-19 along: people get it once from one of its publishers and import it into
the cache folder, where training and evaluation find it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.model import VGG_TAPS, Vgg19, VggInput
from filmnet.model.vgg import vgg_convolutions
from filmnet.weights.files import file_sha256
from filmnet.weights.fit import Misfit, shape_note
from filmnet.weights.native import make_folder, replacing
from filmnet.weights.registry import cache_folder
from filmnet.weights.vgg_files import KNOWN, VGG_FORMAT, VggFile, read_vgg_file

IMPORT = "filmnet weights import-vgg"
SOURCES = (
    "https://www.vlfeat.org/matconvnet/models/imagenet-vgg-verydeep-19.mat "
    "(which the published losses use), "
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5 (the same kernels), or "
    "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth (other kernels: loss values are not "
    "the published ones)"
)
LICENCES = {"MatConvNet": "CC-BY-4.0", "Keras": "CC-BY-4.0"}
"""Of the weights that Oxford's Visual Geometry Group published, which these are copies of."""


@dataclass(frozen=True, kw_only=True)
class VggInfo:
    """What is known about a VGG-19 besides its numbers; plain values."""

    source: str
    """The file that it was read from."""

    sha256: str
    """Of that file, in hexadecimal."""

    format: str
    """The kind of that file: `MatConvNet`, `Keras`, `torchvision` or `filmnet`."""

    input_rule: VggInput
    taps: tuple[str, ...]
    licence: str = "unknown"

    imported_from: str = ""
    """For a file of ours: what it was made from, and the sha256 of that."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person who reads loss values must know, a sentence each; empty for a full one."""
        remarks = []
        if self.input_rule == "torchvision":
            remarks.append(
                "VGG-19 is torchvision's, whose features have another scale: "
                "values of the VGG and style losses are not comparable with published ones"
            )
        if self.taps != VGG_TAPS:
            remarks.append(
                f"VGG-19 ends after its first blocks: the VGG and style losses compare "
                f"{', '.join(self.taps)}, and leave out {', '.join(VGG_TAPS[len(self.taps) :])}"
            )
        return tuple(remarks)


@dataclass(frozen=True, kw_only=True)
class LoadedVgg:
    """A verified VGG-19."""

    network: Vgg19
    """Frozen, float32, on the CPU."""

    info: VggInfo


def vgg19_path() -> Path:
    """Where an imported VGG-19 lies, or would lie, on this machine."""
    return cache_folder() / "vgg19.safetensors"


def load_vgg19(path: str | os.PathLike[str] | None = None) -> LoadedVgg:
    """Read and verify a VGG-19.

    Args:
        path: a file of any known kind; if None, the one that was imported.

    Raises:
        WeightsError: no such file, none was imported, a damaged file, one of another network, or
            a library is missing that reads it.
    """
    if path is None:
        path = vgg19_path()
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises without access
            raise WeightsError(
                f"VGG-19 is needed and not on this machine: get one of {SOURCES}; "
                f"then run `{IMPORT} FILE`"
            )
    path = Path(path)
    file = read_vgg_file(path)
    taps, convs = _fit(file, path)
    network = Vgg19(taps, file.input_rule)
    network.convs.load_state_dict(convs)
    return LoadedVgg(network=network, info=_info(file, path, taps))


def import_vgg19(source: Path, output: Path | None = None, *, overwrite: bool = False) -> LoadedVgg:
    """Convert a VGG-19 of any known kind to a file of ours, which holds what the losses need.

    Args:
        source: the file.
        output: the file to write; if None, where `load_vgg19` looks for it.
        overwrite: replace an existing file.

    Returns:
        The network as it can be loaded from the new file.

    Raises:
        WeightsError: as for `load_vgg19`.
        OutputError: the output exists or cannot be written.
    """
    if output is None:
        output = vgg19_path()
        make_folder(output.parent)
    with replacing(output, overwrite=overwrite) as part:
        loaded = load_vgg19(source)
        convs = loaded.network.convs.state_dict()
        part.write_bytes(save(convs, metadata=_to_metadata(loaded.info)))
    return load_vgg19(output)


def _fit(file: VggFile, path: Path) -> tuple[tuple[str, ...], dict[str, Tensor]]:
    """The taps at hand, and the parameters up to the last one, checked.

    Raises:
        WeightsError: no tap, a gap before the file's last convolution, a wrong shape, or numbers
            that are not finite.
    """
    shapes = _shapes_up_to_last(file.tensors)
    if "conv1_2.weight" not in shapes:
        raise WeightsError(
            f"{path} holds no VGG-19, not even its conv1_1 and conv1_2; known are {KNOWN}"
        )
    misfit = _misfit(file.tensors, shapes)
    if misfit.count():
        raise WeightsError(
            f"{path}: these are not the weights of one VGG-19: {misfit}; "
            "get the file again, or choose another"
        )
    taps = tuple(tap for tap in VGG_TAPS if f"{tap}.weight" in shapes)
    names = list(shapes)[: list(shapes).index(f"{taps[-1]}.bias") + 1]
    return taps, {name: file.tensors[name] for name in names}


def _shapes_up_to_last(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Every parameter up to the file's last convolution that the losses may use, and its shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    up_to_last = 0
    for name, channels_in, channels_out in vgg_convolutions(VGG_TAPS[-1]):
        shapes[f"{name}.weight"] = (channels_out, channels_in, 3, 3)
        shapes[f"{name}.bias"] = (channels_out,)
        if f"{name}.weight" in tensors or f"{name}.bias" in tensors:
            up_to_last = len(shapes)
    return dict(islice(shapes.items(), up_to_last))


def _misfit(tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]) -> Misfit:
    here = {name: tensors[name] for name in shapes if name in tensors}
    return Misfit(
        missing=[name for name in shapes if name not in tensors],
        wrong_shape=[
            shape_note(name, tensor, shapes[name])
            for name, tensor in here.items()
            if tuple(tensor.shape) != shapes[name] or not tensor.is_floating_point()
        ],
        not_finite=[name for name, tensor in here.items() if not tensor.isfinite().all()],
    )


def _info(file: VggFile, path: Path, taps: tuple[str, ...]) -> VggInfo:
    return VggInfo(
        source=str(path),
        sha256=file_sha256(path),
        format=file.kind,
        input_rule=file.input_rule,
        taps=taps,
        licence=str(file.metadata.get("licence", LICENCES.get(file.kind, "unknown"))),
        imported_from=str(file.metadata.get("imported_from", "")),
    )


def _to_metadata(info: VggInfo) -> dict[str, str]:
    """What a file of ours says about itself, each value as JSON."""
    origin = f"{Path(info.source).name} ({info.format}, sha256 {info.sha256})"
    values = {
        "format": VGG_FORMAT,
        "input_rule": info.input_rule,
        "licence": info.licence,
        "imported_from": info.imported_from or origin,
    }
    return {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
