"""How much memory `filmnet video` takes as a long video goes by.

    python benchmarks/video_memory.py VIDEO --fps 60 [--frames 1000] [--keep out.mp4]

Runs one job with the default weights in this process, and prints a row per 100 frames of output:
the largest resident set until then, and the one at that moment. The output is thrown away unless
it is asked for.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import torch

from filmnet.jobs import Cancel, Cancelled, Progress, video_to_video

EVERY = 100
"""Frames of output from one row to the next."""

KIB_PER_MB = 1e3 / 1.024


@dataclass
class Curve:
    """Prints a row whenever so many more frames are written, and stops the job in time."""

    most: int | None
    """Frames after which the job is stopped; None for all."""

    cancel: Cancel = field(default_factory=Cancel)
    printed: int = -1

    def __call__(self, progress: Progress) -> None:
        done = progress.frames_done
        if self.printed < 0:
            print(f"{progress.using}; {progress.frames_total} frames", flush=True)
        if done // EVERY > self.printed:
            self.printed = done // EVERY
            print(
                f"{done:6} frames {progress.seconds_elapsed:7.0f} s  "
                f"largest {largest_mb():6.0f} MB, now {resident_mb():6.0f} MB",
                flush=True,
            )
        if self.most is not None and done >= self.most:
            self.cancel.cancel()


def largest_mb() -> float:
    """The largest resident set of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MB


def resident_mb() -> float:
    """The resident set at this moment; as /proc has it, and no number elsewhere."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    return float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("--fps", help="of the output; the duration stays")
    parser.add_argument("--slower", help="how many times longer the output is")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--frames", type=int, help="stop after so many frames of output")
    parser.add_argument("--keep", type=Path, help="name for the output")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, PyTorch {torch.__version__}")
    curve = Curve(arguments.frames)
    with tempfile.TemporaryDirectory() as folder:
        try:
            summary = video_to_video(
                arguments.video,
                arguments.keep or Path(folder) / "out.mp4",
                fps=arguments.fps,
                slower=arguments.slower,
                precision=arguments.precision,
                overwrite=True,
                progress=curve,
                cancel=curve.cancel,
            )
        except Cancelled:
            print(f"stopped after {arguments.frames} frames; largest {largest_mb():.0f} MB")
            return
    print(
        f"{summary.frames} frames of {'x'.join(map(str, summary.size))}, {summary.made} made, "
        f"in {summary.seconds_elapsed:.0f} s; largest {largest_mb():.0f} MB"
    )


if __name__ == "__main__":
    main()
