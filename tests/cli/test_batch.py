import re
import sys
from inspect import signature

import pytest

from filmnet.cli.batch import batch as command
from filmnet.cluster import run as cluster_run
from filmnet.cluster.run import DEFAULT_RETRIES, BatchOptions, BatchSummary
from filmnet.jobs.network import NetworkOptions


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A folder with jobs that nobody will do."""
    folder = tmp_path / "jobs"
    (folder / "burst").mkdir(parents=True)
    (folder / "a.mp4").touch()
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def given(monkeypatch):
    """What reaches the batch, which ends at once: with `given.failed` failures."""

    class Given:
        failed = 0

    def run_batch(options, display):
        Given.options = options
        display.say("weights tiny")
        return BatchSummary(
            done=3, skipped=2, failed=Given.failed, frames=90, retries=1, seconds=2.5, workers=4
        )

    monkeypatch.setattr(cluster_run, "run_batch", run_batch)
    return Given


def test_every_option_reaches_the_batch(run, jobs, given, tmp_path):
    arguments = ["--address=ray://head:10001", "--workers=3", "--cores-per-worker=2"]
    arguments += ["--retries=5", "--no-dashboard", "--scratch=/fast", "--weights=small"]
    arguments += ["--device=cuda", "--precision=float16", "--memory=3GB", "--tile=640"]
    arguments += [
        "--optimize=never",
        "--tta=2",
        "--set=fps=60",
        "--set",
        "at-cuts=blend",
        "--overwrite",
    ]
    assert run("batch", "jobs", "-o", "out", *arguments)[0] == 0
    options = given.options
    assert options.manifest.source == str(jobs)
    assert options.manifest.output == str(tmp_path / "out")
    assert options.manifest.defaults == {"fps": "60", "at_cuts": "blend", "overwrite": True}
    assert (options.address, options.workers, options.cores_per_worker) == (
        "ray://head:10001",
        3,
        2,
    )
    assert (options.retries, options.dashboard, options.scratch) == (5, False, "/fast")
    assert options.network == NetworkOptions(
        weights="small",
        device="cuda",
        precision="float16",
        memory="3GB",
        tile=640,
        optimize="never",
        tta=2,
    )


def test_the_defaults_are_the_batchs(run, jobs, given):
    assert run("batch", "jobs", "-o", "out")[0] == 0
    assert given.options == BatchOptions(manifest=given.options.manifest)
    assert signature(command).parameters["retries"].default == DEFAULT_RETRIES


def test_totals_come_last_and_the_exit_code_says_whether_all_went_well(run, jobs, given):
    code, out, err = run("batch", "jobs", "-o", "out")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "weights tiny",
        "3 jobs done, 2 done before, 0 failed; 90 frames in 2.5 s with 4 workers, 1 retries; "
        "see out/results.jsonl",
    ]
    given.failed = 1
    assert run("batch", "jobs", "-o", "out", "--quiet") == (3, "", "")


ERRORS = {
    "no jobs": (["gone", "-o", "out"], "gone: this is no folder of jobs"),
    "no output": (["jobs"], "Missing option '-o' / '--output'"),
    "no option": (["jobs", "-o", "out", "--set", "speed=2"], "--set speed: no such option"),
    "no value": (["jobs", "-o", "out", "--set", "fps"], "--set fps: write it as NAME=VALUE"),
    "one name": (["twice", "-o", "out"], "two jobs would write this"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_work_is_one_sentence_before_ray_starts(run, jobs, name):
    (jobs.parent / "twice" / "a").mkdir(parents=True)
    (jobs.parent / "twice" / "a.mp4").touch()
    arguments, sentence = ERRORS[name]
    code, out, err = run("batch", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.match("Error: ", err)
    assert sentence in err


def test_without_ray_it_says_what_to_install(run, jobs, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, err = run("batch", "jobs", "-o", "out", "--set", "fps=60")
    assert (code, err) == (2, "Error: a batch needs Ray: pip install 'filmnet[cluster]'\n")


def test_without_fsspec_it_says_what_to_install(run, jobs, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    code, _, err = run("batch", "s3://films/jobs", "-o", "out")
    assert code == 2
    assert "pip install 'filmnet[cluster]'" in err
