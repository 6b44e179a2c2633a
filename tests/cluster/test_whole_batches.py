"""Long proofs: a node that dies, and a large batch through everything that can happen to it."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

from filmnet.cluster.board import Totals
from filmnet.cluster.pool import Pool
from filmnet.cluster.worker import WorkerSettings
from filmnet.jobs import video_to_video
from video_files import read_clip
from video_material import decoded_planes

from .processes import alive, descends, kill_a_worker, wait_until_gone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc"),
]

ONE_NODE_DIES = """
import json, sys
from pathlib import Path
import ray
from ray.cluster_utils import Cluster
from filmnet.cluster.manifest import Manifest
from filmnet.cluster.run import BatchOptions, run_batch
from filmnet.jobs.network import NetworkOptions

jobs, out, weights = sys.argv[1:]
options = {"include_dashboard": False, "object_store_memory": 100 << 20}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, **options})
other = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)

class Display:
    removed = False

    def say(self, line):
        print(line, flush=True)

    def ended(self, record):
        print(record, flush=True)

    def show(self, totals, workers):
        if len(workers) == 2 and all(task.done > 5 for task in workers.values()):
            if not Display.removed:
                Display.removed = True
                cluster.remove_node(other, allow_graceful=False)

ray.init(address=cluster.address, log_to_driver=False)
network = NetworkOptions(weights=weights, device="cpu", precision="float32", optimize="never")
manifest = Manifest(source=jobs, output=out, defaults={"slower": "30"})
summary = run_batch(
    BatchOptions(manifest=manifest, cores_per_worker=1, network=network), Display()
)
print(json.dumps({"removed": Display.removed, "workers": summary.workers,
                  "done": summary.done, "failed": summary.failed, "retries": summary.retries}))
ray.shutdown()
cluster.shutdown()
"""


def test_a_node_that_dies_loses_only_what_it_was_at(tmp_path, clip, tiny_weights, network):
    (tmp_path / "jobs").mkdir()
    source = clip(tmp_path / "jobs" / "long.mp4", frames=40, moving=39)
    arguments = [str(path) for path in (tmp_path / "jobs", tmp_path / "out", tiny_weights)]
    done = subprocess.run(
        [sys.executable, "-c", ONE_NODE_DIES, *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result.pop("retries") >= 1
    assert result == {"removed": True, "workers": 2, "done": 1, "failed": 0}
    video_to_video(source, tmp_path / "same.mp4", slower=30, **vars(network))
    assert_equal(tmp_path / "out" / "long.mp4", tmp_path / "same.mp4")


def assert_equal(one, other):
    pairs = zip(decoded_planes(one), decoded_planes(other), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_rays_metrics_have_the_numbers_of_the_batch(ray_here, tmp_path, network):
    import ray

    settings = WorkerSettings(output=str(tmp_path), network=network)
    board = Pool(settings, size=0)
    board.start()
    (node,) = ray.nodes()
    url = f"http://127.0.0.1:{node['MetricsExportPort']}/metrics"
    deadline = time.monotonic() + 300
    text = ""
    while "filmnet_batch_retries" not in text and time.monotonic() < deadline:
        board.exchange(Totals(done=3, failed=1, retries=7))
        time.sleep(1)
        with urllib.request.urlopen(url, timeout=30) as answer:
            text = answer.read().decode()
    board.stop()
    values = dict(re.findall(r'^ray_filmnet_batch_jobs{.*?state="(\w+)".*} (\S+)$', text, re.M))
    assert {state: float(value) for state, value in values.items()} == {
        "done": 3,
        "failed": 1,
        "running": 0,
        "waiting": 0,
    }


def start(folder, weights):
    """`filmnet batch` in a process of its own."""
    command = [sys.executable, "-m", "filmnet", "batch", str(folder / "jobs.jsonl")]
    command += ["-o", str(folder / "out"), "--workers", "2", "--cores-per-worker", "1"]
    command += ["--weights", str(weights), "--device", "cpu", "--precision", "float32"]
    command += ["--optimize", "never", "--no-dashboard", "--retries", "1"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def results(folder):
    path = folder / "out" / "results.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def wait_until(condition, driver, seconds=900):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert driver.poll() is None, "the batch has ended too soon"
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.2)
    return found


def fifty_jobs(folder, burst, clip):
    """30 bursts, 15 videos of which 2 are long, and 5 broken ones: (job, frames) of the good."""
    inputs = folder / "inputs"
    inputs.mkdir()
    rows, frames = [], {}
    for number in range(30):
        burst(inputs / f"burst{number}", count=2 + number % 2, seed=number)
        rows.append({"inputs": f"inputs/burst{number}/", "between": 2})
        frames[f"burst{number}"] = 4 if number % 2 == 0 else 7
    for number in range(15):
        length = 40 if number < 2 else 6
        clip(inputs / f"v{number}.mp4", frames=length, moving=9, seed=number)
        rows.append({"inputs": f"inputs/v{number}.mp4", "slower": 20 if number < 2 else 2})
        frames[f"v{number}"] = length * rows[-1]["slower"]
    (inputs / "bad0.mp4").write_text("hello")
    (inputs / "bad1.mp4").touch()
    (inputs / "bad2").mkdir()
    (inputs / "bad3").mkdir()
    (inputs / "bad3" / "one.png").write_text("no picture")
    (inputs / "bad3" / "two.png").write_text("no picture")
    rows += [{"inputs": f"inputs/bad{k}.mp4", "slower": 2} for k in (0, 1, 4)]
    rows += [{"inputs": f"inputs/bad{k}/"} for k in (2, 3)]
    rows = rows[::3] + rows[1::3] + rows[2::3]
    (folder / "jobs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return frames


def test_fifty_jobs_with_broken_inputs_a_killed_worker_and_a_killed_driver(
    tmp_path, burst, clip, tiny_weights, network
):
    frames = fifty_jobs(tmp_path, burst, clip)
    with start(tmp_path, tiny_weights) as driver:
        try:
            wait_until(lambda: len(results(tmp_path)) >= 5, driver)
            wait_until(lambda: kill_a_worker(driver.pid), driver)
            wait_until(lambda: len(results(tmp_path)) >= 15, driver)
            children = [pid for pid in alive() if descends(pid, driver.pid)]
        finally:
            driver.kill()
    assert driver.returncode == -signal.SIGKILL
    ended = len(results(tmp_path))
    assert ended < 50
    assert len(children) > 3
    deadline = time.monotonic() + 150
    while set(children) & set(alive()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not set(children) & set(alive())

    with start(tmp_path, tiny_weights) as driver:
        try:
            assert driver.wait(timeout=1500) == 3
        finally:
            driver.kill()
    last = {row["job"]: row for row in results(tmp_path)}
    assert len(last) == 50
    failed = {name: row["error"] for name, row in last.items() if row["outcome"] == "failed"}
    assert sorted(failed) == ["bad0", "bad1", "bad2", "bad3", "bad4"]
    assert all(str(tmp_path / "inputs" / name) in error for name, error in failed.items())
    assert {name: last[name]["frames"] for name in frames} == frames
    for name, count in frames.items():
        assert len(read_clip(tmp_path / "out" / f"{name}.mp4")) == count
    assert len(list((tmp_path / "out").glob("*.mp4"))) == 45
    video_to_video(tmp_path / "inputs" / "v0.mp4", tmp_path / "s.mp4", slower=20, **vars(network))
    assert_equal(tmp_path / "out" / "v0.mp4", tmp_path / "s.mp4")

    log = (tmp_path / "log").read_text()
    assert "jobs are done already" in log
    assert "5 failed;" in log
    assert wait_until_gone(str(tmp_path / "jobs.jsonl")) == {}
    assert not (tmp_path / "out" / ".filmnet-batch").exists()
