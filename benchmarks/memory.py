"""Peak memory of a made frame, by size, tiles and number of frames; ours and others'.

    python benchmarks/memory.py [--size 1280x720] [--frames 1 10] [--tile 256 512] [--peers]

Every row runs in a process of its own; its peak is that process' largest resident set.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys

import numpy as np
import torch

import filmnet
from filmnet.media.pixels import Picture

KIB_PER_GB = 1e6 / 1.024


def pictures(width: int, height: int) -> tuple[Picture, Picture]:
    """Two smooth pictures, the second moved by a tenth of its width."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / 37 + k) * np.cos(y / 53 - k) * 110 + 128 for k in range(3)]
    first = np.stack(waves, axis=-1).astype(np.uint8)
    return first, np.roll(first, width // 10, axis=1)


def measure(arguments: argparse.Namespace) -> None:
    """Make the frames of one row, and print the peak in GB."""
    width, height = map(int, arguments.size.split("x"))
    pair = pictures(width, height)
    if arguments.row == "filmnet":
        tile = arguments.tile[0] or None
        model = filmnet.load(precision=arguments.precision, memory=arguments.memory, tile=tile)
        for _ in model.between(*pair, count=arguments.frames[0]):
            pass
    else:
        from peers import load_rife, minterpolate

        peer = minterpolate if arguments.row == "minterpolate" else load_rife(torch.device("cpu"))
        peer(*pair)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GB)


def run(arguments: argparse.Namespace, row: str, frames: int, tile: int) -> float | str:
    """The peak of one row in a process of its own, or why it failed."""
    command = [sys.executable, __file__, "--row", row, "--size", arguments.size]
    command += ["--frames", str(frames), "--tile", str(tile), "--precision", arguments.precision]
    command += ["--memory", arguments.memory] if arguments.memory else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended by {done.returncode}"])[-1]
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="width and height")
    parser.add_argument("--frames", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--tile", type=int, nargs="+", default=[0], help="0: as planned")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--memory", help="what filmnet may take")
    parser.add_argument("--peers", action="store_true", help="RIFE 4.0 and minterpolate, too")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        measure(arguments)
        return
    rows = [("filmnet", n, tile) for tile in arguments.tile for n in arguments.frames]
    rows += [(name, 1, 0) for name in ("rife-4.0", "minterpolate") if arguments.peers]
    print(f"{arguments.size}, {platform.machine()}, {os.cpu_count()} CPUs, {torch.__version__}")
    first: float | None = None
    for row, frames, tile in rows:
        peak = run(arguments, row, frames, tile)
        label = f"{row}, {frames} frames, " + (f"tiles of {tile} px" if tile else "as planned")
        if isinstance(peak, str):
            print(f"   -           -  {label}: {peak}")
            continue
        first = first or peak
        print(f"{peak / first:5.2f}x {peak:6.2f} GB  {label}", flush=True)


if __name__ == "__main__":
    main()
