"""Seconds per 1280x720 midpoint with the default weights' architecture, and what each choice buys.

    python benchmarks/speed.py [--repeats 5]

Every variant runs in a process of its own, in turn, `--repeats` times round; the table shows the
median, the spread, and the ratio to what filmnet does. Random weights: time does not depend on
them. The target for the default weights on two cores: at most 1.5 s in bfloat16.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.model import Film
from filmnet.training.recipe_file import read_recipe

RECIPE = Path(__file__).parent.parent / "configs" / "small.toml"
WIDTH, HEIGHT = 1280, 720
PADDED_HEIGHT = 768
VARIANTS = {
    "bfloat16": "as filmnet does it where the hardware has bfloat16",
    "float32": "as filmnet does it elsewhere",
    "bfloat16, system allocator": "without keep_freed_memory",
    "bfloat16, grid_sample": "warping as in training",
}


def measure(variant: str, rounds: int = 3) -> float:
    """Seconds per midpoint of one variant, in this process, after a warm-up."""
    if "system allocator" not in variant:
        keep_freed_memory()
    if "grid_sample" in variant:
        module = importlib.import_module("filmnet.model.warp")  # the name is the function's too
        module._sample_rows = module._sample_grid
    dtype = torch.float32 if variant.startswith("float32") else torch.bfloat16
    model = Film(read_recipe(RECIPE).model).eval().set_precision(dtype).use_channels_last()
    images = torch.rand(2, 1, 3, PADDED_HEIGHT, WIDTH).contiguous()
    image0, image1 = (image.contiguous(memory_format=torch.channels_last) for image in images)
    with torch.inference_mode():
        model(image0, image1)
        begin = time.perf_counter()
        for _ in range(rounds):
            model(image0, image1)
    return (time.perf_counter() - begin) / rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.variant:
        print(measure(arguments.variant))
        return
    seconds: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for _ in range(arguments.repeats):
        for variant, values in seconds.items():
            command = [sys.executable, __file__, "--variant", variant]
            values.append(float(subprocess.check_output(command, text=True)))
    report(seconds)


def report(seconds: dict[str, list[float]]) -> None:
    """Print the table, ratios first."""
    ours = statistics.median(seconds["bfloat16"])
    print(
        f"{WIDTH}x{HEIGHT} midpoint, {torch.get_num_threads()} threads, {platform.machine()} with "
        f"{torch.backends.cpu.get_cpu_capability()}, PyTorch {torch.__version__}"
    )
    for variant, values in seconds.items():
        median = statistics.median(values)
        spread = f"{min(values):.2f}-{max(values):.2f}"
        print(f"{median / ours:5.2f}x {median:6.2f} s ({spread})  {variant}: {VARIANTS[variant]}")


if __name__ == "__main__":
    main()
