"""From a name or a file to a network that is ready to work."""

from __future__ import annotations

from pathlib import Path

from filmnet.interpolation.device import choose_device, choose_precision
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.interpolator import Interpolator
from filmnet.interpolation.onnx_engine import OnnxEngine
from filmnet.model import Film
from filmnet.weights import find_onnx, load_weights


def load(
    name_or_path: str | Path | None = None, *, device: str = "auto", precision: str = "auto"
) -> Interpolator:
    """Load weights onto a device.

    Args:
        name_or_path: a registered name (`filmnet weights list`), a file or folder of weights in
            any known format, one that `filmnet export` wrote, or None for the package's own.
            An .onnx file is computed by ONNX Runtime (the extra `onnx`), each pair anew.
        device: `auto` (CUDA, else MPS, else CPU), `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto` (bfloat16 where the hardware has it, else float32), `float32`,
            `bfloat16` or `float16`. Flows and the made picture are float32 in all of them.

    Returns:
        An `Interpolator`. On a CPU with glibc, the process keeps up to 2 GB of freed memory from
        then on instead of handing it back after each layer (docs/performance.md).

    Raises:
        WeightsError: weights that are missing, damaged or of another architecture.
        DeviceError: a device or precision that is not there.
    """
    if (network := find_onnx(name_or_path)) is not None:
        return Interpolator(OnnxEngine(network, device, precision), network.info)
    chosen = choose_device(device)
    dtype = choose_precision(precision, chosen)
    loaded = load_weights(name_or_path)
    model = Film(loaded.info.config)
    model.load_state_dict(loaded.state_dict)
    return Interpolator(Engine(model, loaded.info.padding, chosen, dtype), loaded.info)
