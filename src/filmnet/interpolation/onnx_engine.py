"""An exported network at work in ONNX Runtime.

The file computes a frame from two frames at once: nothing is kept from one instant to the next,
and a frame is computed whole, not in parts.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from filmnet.errors import DeviceError, WeightsError
from filmnet.interpolation.device import PRECISIONS, clear_memory_errors
from filmnet.interpolation.padding import pad
from filmnet.interpolation.region import Region
from filmnet.weights import ExportedNetwork, Padding

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
ONLY_ERRORS = 3


@dataclass(frozen=True, eq=False)
class PaddedFrame:
    """A frame as the network takes it."""

    image: Tensor
    box: Region


class OnnxEngine:
    """An exported network with its padding rule, behind the same calls as `Engine`.

    Args:
        network: what its file says about it.
        device: `auto` (CUDA where ONNX Runtime has it, else the CPU), `cpu`, `cuda` or `cuda:N`.
        precision: `auto`, or the one that the file was exported in.

    Raises:
        DeviceError: a device that ONNX Runtime has not, or another precision than the file's.
        WeightsError: ONNX Runtime is not installed, or cannot read the file.
    """

    def __init__(
        self, network: ExportedNetwork, device: str = "auto", precision: str = "auto"
    ) -> None:
        info = network.info
        if precision not in ("auto", info.precision):
            raise DeviceError(
                f"{network.path} computes in {info.precision}, not in {precision}; leave "
                f"--precision away, or export it again"
            )
        self.padding = info.padding
        self.parameters = network.parameters
        self.precision = PRECISIONS[info.precision]
        self._smallest_side = info.config.smallest_side
        self._path = network.path
        self.session, self.device = open_session(network.path, device)

    @property
    def copies(self) -> int:
        """Each frame is made once."""
        return 1

    def as_published(self) -> OnnxEngine:
        """The same network without padding; it has no lower starts."""
        bare = copy.copy(self)
        bare.padding = Padding(multiple=1)
        return bare

    def describe(self) -> str:
        """The runtime, its device, and the precision."""
        version = _runtime(self._path).__version__
        precision = str(self.precision).removeprefix("torch.")
        return f"ONNX Runtime {version}, {self.device}, {precision}"

    def prepare(self, image: Tensor) -> PaddedFrame:
        """Pad a frame, (B, 3, H, W) on any device."""
        return PaddedFrame(*pad(image.to("cpu", torch.float32), self.padding, self._smallest_side))

    def pair(self, frame0: PaddedFrame, frame1: PaddedFrame) -> tuple[PaddedFrame, PaddedFrame]:
        """Both; the motion between them is found anew at each instant."""
        return frame0, frame1

    def confidence(self, pair: tuple[PaddedFrame, PaddedFrame]) -> None:
        """Unknown: the graph gives the picture alone, not the motion."""

    def flows(self, pair: tuple[PaddedFrame, PaddedFrame]) -> None:
        """Unknown, for the same reason."""

    def make(self, pair: tuple[PaddedFrame, PaddedFrame], t: float) -> Tensor:
        """The frame at time t, (B, 3, H, W) float32, finite, neither clipped nor rounded.

        Raises:
            WeightsError: the network made values that are no numbers.
            DeviceError: not enough memory.
        """
        frame0, frame1 = pair
        box = frame0.box
        with clear_memory_errors(box.width, box.height):
            times = torch.full((len(frame0.image),), t)
            image = box.crop(run_session(self.session, frame0.image, frame1.image, times))
        if not image.isfinite().all():
            raise WeightsError(
                f"{self._path} made values that are no numbers at t = {t:g} in "
                f"{str(self.precision).removeprefix('torch.')}; export it again with "
                "--precision float32, or use other weights"
            )
        return image


def open_session(path: Path, device: str = "auto") -> tuple[Any, torch.device]:
    """Read an ONNX file into ONNX Runtime.

    Returns:
        The session, and the device on which it computes.

    Raises:
        DeviceError, WeightsError: as for `OnnxEngine`.
    """
    runtime = _runtime(path)
    chosen, providers = _providers(runtime, device)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = ONLY_ERRORS
    try:
        return runtime.InferenceSession(str(path), options, providers=providers), chosen
    except Exception as error:  # its exceptions have no public base
        raise WeightsError(
            f"ONNX Runtime {runtime.__version__} cannot read {path} "
            f"({' '.join(str(error).split())}); export it again, or upgrade onnxruntime"
        ) from error


def run_session(session: Any, image0: Tensor, image1: Tensor, t: Tensor) -> Tensor:
    """The network's output, (B, 3, H, W) float32; `t` is (B,)."""
    names = ("image0", "image1", "t")
    values = (np.ascontiguousarray(x.numpy(), np.float32) for x in (image0, image1, t))
    (image,) = session.run(["image"], dict(zip(names, values, strict=True)))
    return torch.from_numpy(image)


def _runtime(path: Path) -> Any:
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"{path} is computed by ONNX Runtime, which is not installed: "
            "pip install 'filmnet[onnx]'"
        ) from error


def _providers(runtime: Any, device: str) -> tuple[torch.device, list[Any]]:
    """Where ONNX Runtime is to compute, in PyTorch's words and in its own."""
    has_cuda = CUDA in runtime.get_available_providers()
    if device == "cpu" or (device == "auto" and not has_cuda):
        return torch.device("cpu"), [CPU]
    kind, _, index = device.partition(":")
    if kind not in ("auto", "cuda") or not has_cuda or not (index or "0").isdigit():
        raise DeviceError(
            f"device {device!r} is none that this ONNX Runtime has; use auto or cpu"
            + ("" if has_cuda else ", or install onnxruntime-gpu for cuda")
        )
    number = int(index or 0)
    return torch.device("cuda", number), [(CUDA, {"device_id": number}), CPU]
