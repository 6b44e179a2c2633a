import json
import os
import sys
from dataclasses import replace

import numpy as np
import pytest

from filmnet.cluster.manifest import Manifest
from filmnet.cluster.run import BatchOptions, run_batch
from filmnet.errors import OutputError, WeightsError
from filmnet.jobs import video_to_video
from video_files import read_clip
from video_material import decoded_planes, heard

from .processes import kill_a_worker

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc"),
    pytest.mark.timeout(600),
]


class Display:
    """Keeps what is shown, and may act on progress."""

    def __init__(self, act=lambda workers: None):
        self.lines, self.records, self.totals, self.act = [], [], [], act

    def say(self, line):
        self.lines.append(line)

    def ended(self, record):
        self.records.append(record)

    def show(self, totals, workers):
        self.totals.append(totals)
        self.act(workers)


@pytest.fixture
def options(tmp_path, network):
    (tmp_path / "jobs").mkdir()
    manifest = Manifest(
        source=str(tmp_path / "jobs"), output=str(tmp_path / "out"), defaults={"slower": "20"}
    )
    return BatchOptions(
        manifest=manifest, workers=2, cores_per_worker=1, network=network, retries=1
    )


def rows(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def test_a_batch_with_a_killed_worker_and_a_broken_input_makes_all_others_right(
    ray_here, tmp_path, options, burst, clip, network
):
    jobs, out = tmp_path / "jobs", tmp_path / "out"
    burst(jobs / "burst")
    (jobs / "broken.mp4").write_text("hello")
    source = clip(jobs / "long.mp4", frames=40, moving=20)
    killed = []

    def kill(workers):
        """Once nothing but the long video is left, and some of its frames are made."""
        at = [task for task in workers.values() if task.job == "long" and task.done > 5]
        if at and len(display.records) == 2 and not killed and kill_a_worker(os.getpid()):
            killed.append(at)

    display = Display(kill)
    summary = run_batch(options, display)
    assert killed
    assert (summary.done, summary.failed, summary.skipped) == (2, 1, 0)
    assert not summary.is_well
    assert summary.frames == 60 + 800
    assert summary.retries >= 2
    assert [path.name for path in sorted(out.glob("*.mp4"))] == ["burst.mp4", "long.mp4"]

    broken, _, long = sorted(display.records, key=lambda record: record.job)[0:3]
    assert (broken.outcome, broken.tries) == ("failed", 2)
    assert broken.error.startswith(f"{jobs}/broken.mp4: this is not a video")
    assert (long.outcome, long.parts, long.tries) == ("done", 4, 2)
    assert {row["job"]: row["outcome"] for row in rows(out)} == {
        "broken": "failed",
        "burst": "done",
        "long": "done",
    }
    assert display.totals[-1].done == 2
    assert display.totals[-1].waiting == display.totals[-1].running == 0
    assert not (out / ".filmnet-batch").exists()

    video_to_video(source, tmp_path / "same.mp4", slower=20, **vars(network))
    pairs = zip(
        decoded_planes(out / "long.mp4"), decoded_planes(tmp_path / "same.mp4"), strict=True
    )
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert np.array_equal(heard(out / "long.mp4")[1], heard(tmp_path / "same.mp4")[1])

    clip(jobs / "broken.mp4")
    again = Display()
    summary = run_batch(options, again)
    assert (summary.done, summary.skipped, summary.is_well) == (1, 2, True)
    assert again.lines[0] == "2 of 3 jobs are done already"
    assert [record.job for record in again.records] == ["broken"]
    assert not (out / ".filmnet-batch").exists()
    assert len(read_clip(out / "broken.mp4")) == 120

    summary = run_batch(options, Display())
    assert (summary.done, summary.skipped, summary.workers) == (0, 3, 0)


def test_weights_that_are_not_there_end_the_batch(ray_here, tmp_path, options, burst):
    burst(tmp_path / "jobs" / "burst")
    options = replace(options, network=replace(options.network, weights="nonsense"), workers=1)
    with pytest.raises(WeightsError, match="nonsense"):
        run_batch(options, Display())
    assert rows(tmp_path / "out") == []


def test_equal_outputs_are_an_error_before_work_starts(tmp_path, options, burst, clip):
    burst(tmp_path / "jobs" / "a")
    clip(tmp_path / "jobs" / "a.mp4")
    with pytest.raises(OutputError, match=r"a\.mp4: two jobs would write this"):
        run_batch(options, Display())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.jsonl"]
