"""Seconds per frame: each way to compute the network, beside RIFE 4.0 and FFmpeg's minterpolate.

    python benchmarks/speed.py [--methods NAME …] [--size 1280x720] [--repeats 3]

Every method runs in a process of its own, in turn, `--repeats` times round. In the same process
the rate of a bare 3x3 convolution of 128 channels is measured; a ratio is the CPU time of a method
over what its multiplications would take at that rate (median of the rounds), so that machines and
loads can be compared. `published` is the published architecture with random weights: time does not
depend on them. `eager` is the network as it is usually written: planar memory, grid_sample, memory
handed back after every layer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from peers import load_rife, minterpolate
from torch.utils.flop_counter import FlopCounterMode

import filmnet
from filmnet.cli.bar import align
from filmnet.errors import FilmnetError
from filmnet.interpolation import choose_device
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.interpolator import Interpolator
from filmnet.interpolation.lean_blocks import LeanBlocks
from filmnet.interpolation.openvino_blocks import OpenVinoBlocks
from filmnet.interpolation.optimize import has_openvino
from filmnet.media.pixels import Picture, to_tensor
from filmnet.model import Film, FilmConfig
from filmnet.weights import Padding, WeightsInfo, load_weights

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WAYS = {"plain": TorchBlocks, "lean": LeanBlocks, "openvino": OpenVinoBlocks}
NETWORKS = ("small", "published")
MANY = 15
METHODS = [
    *(
        f"{network} {way} {precision}"
        for network in NETWORKS
        for precision in PRECISIONS
        for way in ("eager", *WAYS)
    ),
    *(f"{network} {MANY} frames" for network in NETWORKS),
    "rife-4.0",
    "minterpolate",
]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one process found."""

    seconds: float
    """Of one frame between two new pictures, or of all frames of a series."""

    cpu_seconds: float
    """The same, of all threads together."""

    first_seconds: float
    """Of the first frame, compilers included; the network's loading is not."""

    gigaflop: float
    """Arithmetic as the network is written; 0 where it is not counted."""

    rate: float
    """GFLOP per CPU second of the bare convolution, in the method's precision."""

    share: float = 0.0
    """Of a series: its time beside that of as many separate midpoints."""

    least_share: float = 0.0
    """Of a series: the same of the arithmetic."""

    @property
    def ratio(self) -> float:
        """The method's CPU time over its arithmetic's."""
        return self.cpu_seconds * self.rate / self.gigaflop if self.gigaflop else float("nan")


def main() -> None:
    arguments = parse()
    if arguments.method:
        print(json.dumps(asdict(measure(arguments.method, arguments.size))))
        return
    timings: dict[str, list[Timing]] = {name: [] for name in arguments.methods}
    left_out: dict[str, str] = {}
    for _ in range(arguments.repeats):
        for name in [name for name in timings if name not in left_out]:
            done = subprocess.run(
                [sys.executable, __file__, "--method", name, "--size", arguments.size],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                left_out[name] = (done.stderr.strip().splitlines() or ["no message"])[-1]
            else:
                timings[name].append(Timing(**json.loads(done.stdout.splitlines()[-1])))
    report({name: several for name, several in timings.items() if several}, arguments.size)
    for name, reason in left_out.items():
        print(f"{name} left out: {reason}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=default_methods())
    parser.add_argument("--size", default="1280x720", metavar="WIDTHxHEIGHT")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    return parser.parse_args()


def default_methods() -> list[str]:
    """All that this machine is meant for."""
    from filmnet.interpolation.device import has_native_bfloat16

    fast = has_native_bfloat16(torch.device("cpu"))
    names = [name for name in METHODS if fast or "bfloat16" not in name]
    return [name for name in names if has_openvino() or "openvino" not in name]


def measure(method: str, size: str) -> Timing:
    """Time one method in this process."""
    width, height = map(int, size.split("x"))
    pictures = [_picture(width, height, shift) for shift in (0, 6)]
    if method in ("rife-4.0", "minterpolate"):
        make = minterpolate if method == "minterpolate" else load_rife(choose_device("cpu"))
        return _time(lambda: make(*pictures), 0.0, torch.float32)
    network, *rest = method.split()
    if rest[-1] == "frames":
        return _time_series(network, pictures)
    way, precision = rest[0], PRECISIONS[rest[1]]
    model, info = _network(network)
    gigaflop = _midpoint_gigaflop(model, info, pictures)
    if way == "eager":
        return _time(_eager(model, pictures, precision, info), gigaflop, precision)
    interpolator = _interpolator(model, info, way, precision)
    return _time(lambda: interpolator.midpoint(*pictures), gigaflop, precision)


def _time(make: Callable[[], object], gigaflop: float, precision: torch.dtype) -> Timing:
    """The best of two after a first one, and the bare convolution right after."""
    begin = time.perf_counter()
    make()
    first = time.perf_counter() - begin
    runs = [_clocks(make) for _ in range(2)]
    return Timing(
        seconds=min(seconds for seconds, _ in runs),
        cpu_seconds=min(cpu for _, cpu in runs),
        first_seconds=first,
        gigaflop=gigaflop,
        rate=_bare_rate(precision),
    )


def _clocks(make: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and of all threads."""
    begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    make()
    now = resource.getrusage(resource.RUSAGE_SELF)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - begin, cpu


def _bare_rate(precision: torch.dtype) -> float:
    """GFLOP per CPU second of one 3x3 convolution, 128 channels to 128, two pictures of 320x180."""
    x, weight = torch.rand(2, 128, 180, 320), torch.rand(128, 128, 3, 3)
    x, weight = (v.to(precision).contiguous(memory_format=torch.channels_last) for v in (x, weight))
    with torch.inference_mode():
        runs = [_clocks(lambda: F.conv2d(x, weight, padding=1))[1] for _ in range(6)]
    return 2 * x.numel() * weight.numel() / 128 / 1e9 / min(runs[1:])


def _network(name: str) -> tuple[Film, WeightsInfo]:
    """The bundled weights, or the published architecture with random ones."""
    if name == "small":
        loaded = load_weights(None)
        model = Film(loaded.info.config)
        model.load_state_dict(loaded.state_dict)
        return model, loaded.info
    torch.manual_seed(0)
    config = FilmConfig()
    padding = Padding(multiple=64, mode="zeros")
    return Film(config), WeightsInfo(name=name, config=config, times="midpoint", padding=padding)


def _interpolator(model: Film, info: WeightsInfo, way: str, precision: torch.dtype) -> Interpolator:
    device = torch.device("cpu")
    engine = Engine(model, info.padding, device, precision, make_blocks=WAYS[way])
    return Interpolator(engine, info)


def _eager(
    model: Film, pictures: list[Picture], precision: torch.dtype, info: WeightsInfo
) -> Callable[[], object]:
    """A network as it is usually written: planar, by grid_sample, memory as the system likes it."""
    import filmnet.model.warp  # noqa: F401 - the package's name `warp` is the function

    sys.modules["filmnet.model.warp"]._sample_rows = sys.modules["filmnet.model.warp"]._sample_grid
    model = model.eval().requires_grad_(False).set_precision(precision)
    image0, image1 = _padded(pictures, info, model.config)
    image0, image1 = image0.contiguous(), image1.contiguous()

    @torch.inference_mode()
    def midpoint() -> object:
        return model(image0, image1).image

    return midpoint


def _midpoint_gigaflop(model: Film, info: WeightsInfo, pictures: list[Picture]) -> float:
    """Arithmetic of a midpoint, as written; counted without computing."""
    image0, image1 = _padded(pictures, info, model.config)
    with torch.device("meta"):
        twin = Film(model.config)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin(image0.to("meta"), image1.to("meta"))
    return counter.get_total_flops() / 1e9


def _padded(pictures: list[Picture], info: WeightsInfo, config: FilmConfig) -> list[torch.Tensor]:
    from filmnet.interpolation.padding import pad

    return [pad(to_tensor(p), info.padding, config.smallest_side)[0] for p in pictures]


def _parts_gigaflop(
    model: Film, info: WeightsInfo, pictures: list[Picture]
) -> tuple[float, float, float]:
    """Arithmetic of one frame's features, of a pair's flows, and of one synthesis."""
    padded = [image.to("meta") for image in _padded(pictures, info, model.config)]
    with torch.device("meta"):
        twin = Film(model.config)
    parts = []
    with torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            frames = [twin.extract(padded[0])]
        parts.append(counter.get_total_flops() / 1e9)
        frames.append(twin.extract(padded[1]))
        with FlopCounterMode(display=False) as counter:
            flows = twin.estimate_flow(*frames)
        parts.append(counter.get_total_flops() / 1e9)
    whole = _midpoint_gigaflop(model, info, pictures)
    del flows
    return parts[0], parts[1], whole - 2 * parts[0] - parts[1]


def _time_series(network: str, pictures: list[Picture]) -> Timing:
    """Many frames between two pictures beside as many separate midpoints."""
    model, info = _network(network)
    features, flow, fusion = _parts_gigaflop(model, info, pictures)
    midpoint = 2 * features + flow + fusion
    if info.times == "any":
        least = 2 * features + flow + MANY * fusion
    else:  # halving: a pair per frame, and features of all frames that are halved further
        least = (2 + MANY // 2) * features + MANY * (flow + fusion)
    interpolator = _interpolator(model, info, "lean", torch.float32)
    one = _time(lambda: interpolator.midpoint(*pictures), midpoint, torch.float32)
    many, cpu = _clocks(lambda: list(interpolator.between(*pictures, count=MANY)))
    again = _clocks(lambda: interpolator.midpoint(*pictures))
    return Timing(
        seconds=many,
        cpu_seconds=cpu,
        first_seconds=one.first_seconds,
        gigaflop=least,
        rate=one.rate,
        share=cpu / (MANY * (one.cpu_seconds + again[1]) / 2),
        least_share=least / (MANY * midpoint),
    )


def _picture(width: int, height: int, shift: int) -> Picture:
    """(H, W, 3) uint8: waves and noise, moved sideways."""
    y, x = np.mgrid[:height, :width]
    waves = 96 * np.sin((x + shift) / 23) * np.cos(y / 17) + 128
    noise = np.random.default_rng(0).integers(-8, 9, (height, width, 3))
    return (waves[..., None] + np.roll(noise, shift, axis=1)).clip(0, 255).astype(np.uint8)


def report(timings: dict[str, list[Timing]], size: str) -> None:
    """Print the machine and the tables, ratios first."""
    print(f"{size}, {describe_machine()}")
    head = "method, of arithmetic, seconds, range, CPU seconds, first, GFLOP, GFLOP/CPU s bare"
    rows = [head.split(", ")]
    for name, several in timings.items():
        seconds = [timing.seconds for timing in several]
        ratio = statistics.median(timing.ratio for timing in several)
        cpu = statistics.median(timing.cpu_seconds for timing in several)
        first = statistics.median(timing.first_seconds for timing in several)
        rate = statistics.median(timing.rate for timing in several)
        row = [f"{ratio:.2f}", f"{statistics.median(seconds):.2f}"]
        row += [f"{min(seconds):.2f}-{max(seconds):.2f}", f"{cpu:.2f}", f"{first:.2f}"]
        rows.append([name, *row, f"{several[0].gigaflop:.0f}", f"{rate:.0f}"])
    print(align(rows))
    for name, several in timings.items():
        if several[0].share:
            share = statistics.median(timing.share for timing in several)
            least = several[0].least_share
            print(f"{name} cost {share:.1%} of {MANY} midpoints; their arithmetic {least:.1%}")
    _report_ratios(timings)


def _report_ratios(timings: dict[str, list[Timing]]) -> None:
    """Each method's CPU time over that of the usual way to write the network, round by round."""
    for name, several in timings.items():
        network, *rest = name.split()
        usual = timings.get(f"{network} eager {rest[-1]}", []) if rest else []
        if usual and "eager" not in name:
            pairs = zip(several, usual, strict=False)
            ratio = statistics.median(a.cpu_seconds / b.cpu_seconds for a, b in pairs)
            print(f"{name}: {ratio:.2f} of the usual way's CPU time")


def describe_machine() -> str:
    """Processor, instructions, threads and versions."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), name)
    return (
        f"{name} ({os.cpu_count()} CPUs), {torch.backends.cpu.get_cpu_capability()}, "
        f"{torch.get_num_threads()} threads, PyTorch {torch.__version__}, "
        f"filmnet {filmnet.__version__}"
    )


if __name__ == "__main__":
    try:
        main()
    except FilmnetError as error:
        sys.exit(f"Error: {error}")
