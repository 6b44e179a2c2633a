"""The files that bring a batch to Kubernetes and Slurm: they parse, and ask for what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from filmnet.cli.app import build_app


@pytest.fixture
def folder(checkout: Path) -> Path:
    return checkout / "examples" / "cluster"


@pytest.fixture
def objects(folder: Path) -> dict[str, dict[str, Any]]:
    """What rayjob.yaml describes, by kind."""
    return {part["kind"]: part for part in yaml.safe_load_all((folder / "rayjob.yaml").read_text())}


def known_options() -> set[str]:
    command = typer.main.get_command(build_app("batch")).commands["batch"]
    return {name for parameter in command.params for name in parameter.opts}


def options(words: list[str]) -> set[str]:
    return {word for word in words if re.match(r"--?[a-z]", word)}


def test_the_rayjob_runs_a_batch_that_exists_with_tokens(objects: dict[str, Any]) -> None:
    job = objects["RayJob"]
    assert job["apiVersion"] == "ray.io/v1"
    words = shlex.split(job["spec"]["entrypoint"])
    assert words[:2] == ["filmnet", "batch"]
    assert options(words) <= known_options()
    cluster = job["spec"]["rayClusterSpec"]
    assert cluster["rayVersion"] == version("ray")
    assert cluster["authOptions"] == {"mode": "token"}


def test_all_pods_run_one_image_and_read_one_secret(objects: dict[str, Any]) -> None:
    cluster = objects["RayJob"]["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    containers = [c for group in groups for c in group["template"]["spec"]["containers"]]
    assert len({container["image"] for container in containers}) == 1
    assert len({str(container["envFrom"]) for container in containers}) == 1
    assert objects["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress"]


def test_the_image_is_made_from_what_constraints_name(folder: Path, checkout: Path) -> None:
    text = (folder / "Dockerfile").read_text()
    (torch,) = re.findall(r"torch==(\S+)", text)
    assert f"torch=={torch}" in (checkout / "constraints.txt").read_text()
    assert "-c /filmnet/constraints.txt '/filmnet[cluster]'" in text


def test_the_slurm_script_is_bash_and_asks_for_what_there_is(folder: Path) -> None:
    path = folder / "batch.sbatch"
    if shutil.which("bash"):
        subprocess.run(["bash", "-n", path], check=True, timeout=60)
    text = path.read_text().replace("\\\n", " ")
    (line,) = re.findall(r"-- +(filmnet batch .*)", text)
    assert options(shlex.split(line)) <= known_options()
    (started,) = re.findall(r"ray symmetric-run (.*?) -- ", text)
    from ray.scripts.scripts import start
    from ray.scripts.symmetric_run import symmetric_run

    known = {name for command in (start, symmetric_run) for p in command.params for name in p.opts}
    assert {word.split("=")[0] for word in options(shlex.split(started))} <= known
