"""Which perceptual measures there are weights for on this machine, and why others are left out.

    VGG distance   a VGG-19: the imported one, or a file that is named
    LPIPS          alexnet-owt-7be5be79.pth (torchvision), alex.pth (lpips, weights/v0.1)
    DISTS          vgg16-397923af.pth (torchvision), weights.pt (DISTS_pytorch)

Files of LPIPS and DISTS are looked for in a folder that is named, in filmnet's cache under
`metrics/`, where PyTorch's hub keeps torchvision's, and in the installed packages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from filmnet.errors import WeightsError
from filmnet.evaluation.dists import Dists
from filmnet.evaluation.lpips import Lpips
from filmnet.evaluation.panel import Frames, Measure
from filmnet.evaluation.perceptual import vgg_distance
from filmnet.weights import load_vgg19
from filmnet.weights.files import file_sha256
from filmnet.weights.registry import cache_folder
from filmnet.weights.torch_files import read_state_dict
from filmnet.weights.vgg19 import vgg19_path

ALEXNET_FILE, LPIPS_FILE = "alexnet-owt-7be5be79.pth", "alex.pth"
VGG16_FILE, DISTS_FILE = "vgg16-397923af.pth", "weights.pt"
PACKAGES = {LPIPS_FILE: ("lpips", "weights/v0.1"), DISTS_FILE: ("DISTS_pytorch", ".")}
TORCHVISION = "https://download.pytorch.org/models"


@dataclass(frozen=True, kw_only=True)
class NetworkFiles:
    """Where the weights of perceptual measures are, as far as the user says."""

    vgg: Path | None = None
    """A VGG-19; None for the imported one."""

    folder: Path | None = None
    """A folder with the files of LPIPS and DISTS; None for the usual places alone."""


def find_perceptual(
    files: NetworkFiles, device: torch.device
) -> tuple[list[Measure], dict[str, str]]:
    """The perceptual measures whose weights are at hand, and for the others the reason.

    Args:
        files: where to look besides the usual places.
        device: where they will compute.

    Raises:
        WeightsError: a file or folder that was named cannot be used, or a file is damaged.
    """
    if files.folder is not None and not files.folder.is_dir():
        raise WeightsError(
            f"{files.folder}: no such folder; give one with LPIPS' or DISTS' weights"
        )
    measures, left_out = [], {}
    for name, find in (("lpips", _find_lpips), ("dists", _find_dists), ("vgg", _find_vgg)):
        found = find(files, device)
        if isinstance(found, Measure):
            measures.append(found)
        else:
            left_out[name] = found
    return measures, left_out


def _find_lpips(files: NetworkFiles, device: torch.device) -> Measure | str:
    found = _find_both(files, ALEXNET_FILE, LPIPS_FILE)
    if isinstance(found, str):
        return found
    (alexnet, linear), networks = found
    network = Lpips(read_state_dict(alexnet), alexnet, read_state_dict(linear), linear)
    definition = "LPIPS 0.1 over AlexNet, mean of per-picture values"
    return _measure("lpips", "LPIPS", 4, definition, network.to(device), networks)


def _find_dists(files: NetworkFiles, device: torch.device) -> Measure | str:
    found = _find_both(files, VGG16_FILE, DISTS_FILE)
    if isinstance(found, str):
        return found
    (vgg16, shares), networks = found
    network = Dists(read_state_dict(vgg16), vgg16, read_state_dict(shares), shares)
    definition = "DISTS over VGG-16, mean of per-picture values"
    return _measure("dists", "DISTS", 4, definition, network.to(device), networks)


def _find_vgg(files: NetworkFiles, device: torch.device) -> Measure | str:
    if files.vgg is None and not vgg19_path().is_file():
        return "no VGG-19 was imported; `filmnet weights import-vgg FILE`, see docs/evaluation.md"
    loaded = load_vgg19(files.vgg)
    info = loaded.info
    taps = ", ".join(info.taps)
    definition = f"FILM's VGG loss over the taps {taps}; {info.input_rule} input"
    networks = {Path(info.source).name: info.sha256, "taps": list(info.taps)}
    network = loaded.network.to(device)

    def distance(made: Tensor, truth: Tensor) -> Tensor:
        return vgg_distance(network, made, truth)

    label = f"VGG ({len(info.taps)} tap{'s' * (len(info.taps) > 1)})"
    return _measure("vgg", label, 4, definition, distance, networks)


def _measure(
    name: str,
    label: str,
    digits: int,
    definition: str,
    distance: Callable[[Tensor, Tensor], Tensor] | nn.Module,
    networks: dict[str, Any],
) -> Measure:
    def of(frames: Frames) -> Tensor:
        value: Tensor = distance(frames.made, frames.truth)
        return value

    return Measure(
        name=name,
        label=label,
        aim="low",
        digits=digits,
        definition=definition,
        of=of,
        networks=networks,
    )


def _find_both(
    files: NetworkFiles, backbone: str, learned: str
) -> tuple[tuple[Path, Path], dict[str, str]] | str:
    """Both files and their sha256, or which one is missing and where to get it."""
    paths = [_find(files, name) for name in (backbone, learned)]
    if paths[0] is None:
        return f"no {backbone}; get {TORCHVISION}/{backbone} and pass its folder as --metrics"
    if paths[1] is None:
        package, folder = PACKAGES[learned]
        return f"no {learned}; it lies in the package {package} ({folder}): see docs/evaluation.md"
    sha256 = {path.name: file_sha256(path) for path in paths if path}
    _check_name(paths[0], sha256[backbone])
    return (paths[0], paths[1]), sha256


def _find(files: NetworkFiles, name: str) -> Path | None:
    return next((place / name for place in _places(files, name) if (place / name).is_file()), None)


def _places(files: NetworkFiles, name: str) -> Iterator[Path]:
    if files.folder is not None:
        yield files.folder
    yield cache_folder() / "metrics"
    yield Path(torch.hub.get_dir()) / "checkpoints"
    package, folder = PACKAGES.get(name, ("", ""))
    spec = find_spec(package) if package else None
    for root in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(root) / folder


def _check_name(path: Path, sha256: str) -> None:
    """Torchvision's names end in the first digits of their sha256."""
    said = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    if said and not sha256.startswith(said[1]):
        raise WeightsError(f"{path}: damaged, its sha256 begins with {sha256[:8]}; get it again")
