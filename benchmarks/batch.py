"""What a batch costs beside its pictures, and what more workers bring.

    python benchmarks/batch.py driver [--jobs 100 1000 10000]   its time and memory per job
    python benchmarks/batch.py workers [--workers 1 2]          throughput and start-up
    python benchmarks/batch.py model [--nodes 1 4 16 64]        what N nodes give, by the model

Every row runs in a process of its own. `driver` makes trivial jobs (two photos of 8x8 pixels, one
made frame, a GIF) with a tiny random network, so that little but the driver's and Ray's own work is
left. `workers` makes frames with the default weights, one core per worker.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from filmnet.cluster.manifest import Manifest
from filmnet.cluster.run import BatchOptions, run_batch
from filmnet.jobs.network import NetworkOptions
from filmnet.model import Film, FilmConfig
from filmnet.weights import WeightsInfo, save_weights


class Watch:
    """A display that only notes when the first worker is ready, and what the driver had used."""

    def __init__(self) -> None:
        self.ready = self.cpu_seconds = 0.0
        self.kib = 0
        self.worker_cpu: dict[int, float] = {}
        """By process; what it took before the first worker was ready is start-up."""
        self.start_cpu: dict[int, float] = {}

    def say(self, line: str) -> None:
        """The first worker says what it uses when it is ready."""
        if line.startswith("weights") and not self.ready:
            self.ready, self.cpu_seconds = time.monotonic(), time.process_time()
            self.kib = peak_kib()
            self.start_cpu = worker_cpu_seconds()

    def ended(self, record) -> None:
        """Nothing."""

    def show(self, *_) -> None:
        """Note what CPU time the workers have taken."""
        self.worker_cpu.update(worker_cpu_seconds())


def tiny_weights(folder: Path) -> str:
    """A network whose frames cost next to nothing."""
    config = FilmConfig(
        pyramid_levels=2,
        fusion_pyramid_levels=2,
        specialized_levels=1,
        sub_levels=1,
        filters=4,
        flow_convs=(1, 1),
        flow_filters=(4, 4),
    )
    path = folder / "tiny.safetensors"
    info = WeightsInfo(
        name="tiny", config=config, licence="CC0-1.0", times="any", training={}, metrics={}
    )
    save_weights(path, Film(config).state_dict(), info)
    return str(path)


def write_photos(folder: Path, size: tuple[int, int]) -> list[str]:
    """Two smooth photos, the second moved by a twentieth of its width."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / 37 + k) * np.cos(y / 53 - k) * 110 + 128 for k in range(3)]
    first = np.stack(waves, axis=-1).astype(np.uint8)
    paths = [folder / "one.jpg", folder / "two.jpg"]
    for path, shift in zip(paths, (0, max(1, width // 20)), strict=True):
        Image.fromarray(np.roll(first, shift, axis=1)).save(path, quality=92)
    return [str(path) for path in paths]


def worker_cpu_seconds() -> dict[int, float]:
    """CPU time of all worker processes of Ray so far, by number; Linux alone tells."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended meanwhile
            if (folder / "cmdline").read_bytes().startswith(b"ray::_RayWorker"):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks = int(fields[11]) + int(fields[12])
                found[int(folder.name)] = ticks / os.sysconf("SC_CLK_TCK")
    return found


def run_driver(jobs: int) -> dict[str, float]:
    """Driver's CPU time and memory for so many trivial jobs."""
    with tempfile.TemporaryDirectory(prefix="fb-") as name:
        folder = Path(name)
        inputs = write_photos(folder, (8, 8))
        with (folder / "jobs.jsonl").open("w") as file:
            for number in range(jobs):
                row = {"inputs": inputs, "output": f"{number:06d}.gif", "between": 1, "fps": 10}
                file.write(json.dumps(row) + "\n")
        network = NetworkOptions(
            weights=tiny_weights(folder), device="cpu", precision="float32", optimize="never"
        )
        options = BatchOptions(
            manifest=Manifest(source=str(folder / "jobs.jsonl"), output=str(folder / "out")),
            workers=2,
            cores_per_worker=1,
            dashboard=False,
            network=network,
        )
        watch = Watch()
        summary = run_batch(options, watch)
        return {
            "jobs": jobs,
            "done": summary.done,
            "wall_seconds": time.monotonic() - watch.ready,
            "driver_cpu_seconds": time.process_time() - watch.cpu_seconds,
            "driver_mib": (peak_kib() - watch.kib) / 1024,
        }


def peak_kib() -> int:
    """Largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_workers(workers: int, jobs: int, size: tuple[int, int], between: int) -> dict[str, float]:
    """Frames per second of so many workers, start-up apart, and bytes that were moved."""
    with tempfile.TemporaryDirectory(prefix="fb-") as name:
        folder = Path(name)
        inputs = write_photos(folder, size)
        job = {"inputs": inputs, "between": between}
        lines = [json.dumps(job | {"job": str(number)}) for number in range(jobs)]
        (folder / "jobs.jsonl").write_text("\n".join(lines))
        out, watch = folder / "out", Watch()
        options = BatchOptions(
            manifest=Manifest(source=str(folder / "jobs.jsonl"), output=str(out)),
            workers=workers,
            cores_per_worker=1,
            dashboard=False,
        )
        start = time.monotonic()
        summary = run_batch(options, watch)
        end = time.monotonic()
        moved = jobs * sum(Path(path).stat().st_size for path in inputs)
        spent = sum(watch.worker_cpu.values()) - sum(watch.start_cpu.values())
        moved += sum(path.stat().st_size for path in out.glob("*.mp4"))
        return {
            "workers": workers,
            "frames": summary.frames,
            "start_up_seconds": watch.ready - start,
            "frames_per_second": summary.frames / (end - watch.ready),
            "worker_cpu_seconds_per_frame": spent / summary.frames,
            "bytes_per_frame": moved / summary.frames,
        }


@dataclass(frozen=True, kw_only=True)
class Model:
    """How long a batch takes on N nodes, from what was measured of its parts."""

    seconds_per_frame: float = 1.0
    """Of one worker, for a made frame."""

    frames_per_job: float = 60.0
    workers_per_node: float = 1.0
    start_up_seconds: float = 30.0
    """From the command to the first frame."""

    driver_seconds_per_job: float = 0.0033
    bytes_per_frame: float = 150_000.0
    """Read and written by workers, together."""

    storage_bytes_per_second: float = 1e9
    """That the storage gives all workers together."""

    decode_share: float = 0.004
    """Seconds to decode a source frame, over seconds to make a frame."""

    def most_workers(self) -> float:
        """Workers beyond which the driver or the storage is the limit."""
        by_driver = self.seconds_per_frame * self.frames_per_job / self.driver_seconds_per_job
        by_storage = self.storage_bytes_per_second * self.seconds_per_frame / self.bytes_per_frame
        return min(by_driver, by_storage)

    def batch_seconds(self, nodes: int, jobs: int) -> float:
        """A batch of many jobs, each smaller than a worker's share."""
        workers = min(nodes * self.workers_per_node, self.most_workers(), jobs)
        return self.start_up_seconds + jobs * self.frames_per_job * self.seconds_per_frame / workers

    def video_seconds(self, nodes: int, frames: int) -> float:
        """One long video: stretches in parallel, each of which decodes all that comes before it."""
        workers = nodes * self.workers_per_node
        making = frames * self.seconds_per_frame
        stretches = min(4 * workers, max(1, frames // 240))
        decoding = making * self.decode_share * stretches / 2 / min(workers, stretches)
        return self.start_up_seconds + making / min(workers, stretches) + decoding


def print_model(model: Model, nodes: list[int]) -> None:
    """A table of what N nodes give."""
    print(f"{model}\nmost workers by driver and storage: {model.most_workers():,.0f}")
    print(f"{'':6} {'10,000 jobs':>22} {'100,000 frames of one':>25}")
    first = model.batch_seconds(1, 10_000), model.video_seconds(1, 100_000)
    for count in nodes:
        batch, video = model.batch_seconds(count, 10_000), model.video_seconds(count, 100_000)
        print(
            f"{count:6} {batch / 3600:10.2f} h {first[0] / batch:9.1f} "
            f"{video / 3600:13.2f} h {first[1] / video:9.1f}"
        )


def in_own_process(*arguments: str) -> dict[str, float]:
    """One row, measured in a fresh process."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=7200)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("driver", "workers", "model"))
    parser.add_argument("--jobs", type=int, nargs="+", default=None)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--between", type=int, default=7)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64, 128])
    for name, value in vars(Model()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.manual_seed(0)
    width, height = map(int, given.size.split("x"))
    if given.what == "model":
        print_model(Model(**{name: getattr(given, name) for name in vars(Model())}), given.nodes)
    elif given.what == "driver":
        for jobs in given.jobs or [100, 1000, 10_000]:
            if given.row:
                print(json.dumps(run_driver(jobs)))
            else:
                row = in_own_process("driver", "--row", "--jobs", str(jobs))
                per_job = row["driver_cpu_seconds"] * 1000 / jobs
                print(f"{row}, driver {per_job:.2f} ms per job", flush=True)
    else:
        for workers in given.workers:
            jobs = given.jobs or [4 * workers]
            if given.row:
                print(json.dumps(run_workers(workers, jobs[0], (width, height), given.between)))
            else:
                row = in_own_process(
                    *("workers", "--row", "--workers", str(workers), "--jobs", str(jobs[0])),
                    *("--size", given.size, "--between", str(given.between)),
                )
                print(row, flush=True)


if __name__ == "__main__":
    main()
