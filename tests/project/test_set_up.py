"""tools/set_up.py: which PyTorch, and when there is something to do."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@pytest.fixture
def tool(set_up_tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool, working on a small checkout of its own whose environment is made."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.0\ntorch==1.2.3\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(set_up_tool, "ROOT", tmp_path)
    monkeypatch.setattr(set_up_tool, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(set_up_tool, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(set_up_tool, "STAMP", tmp_path / ".venv" / "stamp.json")
    return set_up_tool


def stamp(tool: ModuleType, **changes: object) -> dict:
    return {"sources": tool.hash_of_sources(), "extras": ["dev"], "torch": "", **changes}


@pytest.mark.parametrize(
    ("system", "gpu", "choices"),
    [
        (
            "Linux",
            False,
            [
                ["torch==1.2.3+cpu"],
                ["torch==1.2.3+cpu", "--extra-index-url", CPU_INDEX],
                ["torch==1.2.3"],
            ],
        ),
        ("Linux", True, [["torch==1.2.3"]]),
        ("Darwin", False, [["torch==1.2.3"]]),
        ("Windows", True, [["torch==1.2.3"]]),
    ],
)
def test_the_cpu_build_is_for_linux_without_a_gpu(
    tool: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    gpu: bool,
    choices: list[list[str]],
) -> None:
    monkeypatch.setattr(tool.platform, "system", lambda: system)
    monkeypatch.setattr(tool, "has_nvidia_gpu", lambda: gpu)
    assert tool.torch_choices() == choices


def test_a_gpu_is_there_only_if_its_driver_answers(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not tool.has_nvidia_gpu()
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\nexit 9\n")
    driver.chmod(0o755)
    assert not tool.has_nvidia_gpu()
    driver.write_text("#!/bin/sh\nexit 0\n")
    assert tool.has_nvidia_gpu()


def test_the_next_build_is_tried_where_one_cannot_be_had(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tried = []
    monkeypatch.setattr(tool, "torch_choices", lambda: [["a"], ["b", "--index"], ["c"]])
    monkeypatch.setattr(
        tool, "pip_succeeds", lambda *words: tried.append(words[2:]) or "b" in words
    )
    monkeypatch.setattr(tool, "pip", lambda *words: tried.append(words))
    tool.install_torch("")
    assert tried == [("a",), ("b", "--index")]
    tool.install_torch("torch==9 --index-url https://example.org/whl")
    assert tried[2:] == [("torch==9", "--index-url", "https://example.org/whl")]
    assert "setting up: torch==9" in capfd.readouterr().out


def test_nothing_is_done_twice(tool: ModuleType) -> None:
    assert tool.is_ready(stamp(tool), {"dev"}, "")
    assert tool.is_ready(stamp(tool), set(), "")
    assert tool.is_ready(stamp(tool, torch="torch==9"), {"dev"}, "torch==9")
    assert tool.is_ready(stamp(tool, torch="torch==9"), {"dev"}, "")


@pytest.mark.parametrize("source", ["pyproject.toml", "constraints.txt"])
def test_a_changed_source_is_set_up_again(tool: ModuleType, tmp_path: Path, source: str) -> None:
    before = stamp(tool)
    with (tmp_path / source).open("a") as file:
        file.write("# changed\n")
    assert not tool.is_ready(before, {"dev"}, "")


def test_more_extras_or_another_pytorch_are_set_up_again(tool: ModuleType) -> None:
    assert not tool.is_ready(stamp(tool), {"dev", "tf"}, "")
    assert not tool.is_ready(stamp(tool), {"dev"}, "torch==9")
    assert not tool.is_ready({}, set(), "")


def test_an_environment_that_does_not_run_counts_as_none(tool: ModuleType) -> None:
    tool.STAMP.write_text(json.dumps(stamp(tool)))
    assert tool.read_state() == {}


def test_filmnet_is_installed_beside_the_build_of_pytorch_that_is_there(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, 0, stdout="1.2.3+cpu\n")

    monkeypatch.setattr(tool.subprocess, "run", answer)
    assert tool.pinned_beside_torch().read_text() == "numpy==2.0\ntorch==1.2.3+cpu\n"


def test_an_old_python_is_refused_in_one_sentence(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool.sys, "version_info", (3, 9))
    with pytest.raises(SystemExit, match=r"^filmnet needs Python 3\.10 or newer, .* PYTHON="):
        tool.make_environment()


WHEEL = b"pip's wheel"


def pypi_file(**changes: object) -> dict:
    """What PyPI states of a file."""
    return {
        "packagetype": "bdist_wheel",
        "requires_python": ">=3.10",
        "yanked": False,
        "url": "../../packages/pip-9.0.0-py3-none-any.whl",
        "digests": {"sha256": hashlib.sha256(WHEEL).hexdigest()},
        **changes,
    }


@pytest.fixture
def pypi(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Addresses of a PyPI of our own, and what lies there."""
    releases = json.dumps({"releases": {"9.0.0": [pypi_file()]}}).encode()
    answers = {
        "https://pypi.org/pypi/pip/json": releases,
        "https://pypi.org/packages/pip-9.0.0-py3-none-any.whl": WHEEL,
    }
    monkeypatch.setattr(tool, "urlopen", lambda url, timeout: io.BytesIO(answers[url]))
    return answers


@pytest.fixture
def no_ensurepip(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Make Python's venv module work only without pip; returns the commands that were run."""
    commands = []

    def run(command: list, **options: object) -> subprocess.CompletedProcess:
        commands.append([str(word) for word in command])
        code = int("venv" in command and "--without-pip" not in command)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(tool, "works", lambda python: False)
    monkeypatch.setattr(tool.subprocess, "run", run)
    return commands


def test_a_python_without_ensurepip_gets_pip_from_pypi(
    tool: ModuleType, pypi: dict, no_ensurepip: list[list[str]]
) -> None:
    tool.make_environment()
    _, bare, install = no_ensurepip
    assert bare[1:] == ["-m", "venv", "--clear", "--without-pip", str(tool.VENV)]
    assert install[0] == str(tool.VENV_PYTHON)
    assert install[1].endswith("/pip-9.0.0-py3-none-any.whl/pip")
    assert install[2:] == ["install", "-qq", "--no-index", install[1].removesuffix("/pip")]


def test_a_pip_that_is_not_what_pypi_states_is_not_run(
    tool: ModuleType, pypi: dict, no_ensurepip: list[list[str]]
) -> None:
    pypi["https://pypi.org/packages/pip-9.0.0-py3-none-any.whl"] = b"something else"
    with pytest.raises(SystemExit, match=r"is not the file that .*; on Debian: apt install"):
        tool.make_environment()
    assert not any("install" in command for command in no_ensurepip)
    assert not tool.VENV.exists()


def test_the_newest_pip_for_this_python_is_taken(tool: ModuleType) -> None:
    minor = sys.version_info[1]
    right = pypi_file(requires_python=f">=3.{minor}")
    releases = {
        "9.1": [pypi_file()],
        "10.1": [pypi_file(packagetype="sdist"), right],
        "10.2": [pypi_file(yanked=True)],
        "10.3": [pypi_file(requires_python=f">=3.{minor + 1}")],
        "11.0b1": [pypi_file()],
    }
    assert tool.newest_wheel(releases) is right
    with pytest.raises(ValueError, match=re.escape("has no pip for this Python")):
        tool.newest_wheel({"10.2": releases["10.2"]})


def test_a_failing_pip_ends_with_code_1_and_no_stamp(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*words: object) -> None:
        raise subprocess.CalledProcessError(1, ["pip", *map(str, words)])

    monkeypatch.setattr(tool, "make_environment", lambda: None)
    monkeypatch.setattr(tool, "pip", fail)
    monkeypatch.setattr(tool.sys, "argv", ["set_up.py", "--torch", "torch==9"])
    assert tool.main() == 1
    assert "set-up failed in: pip torch==9" in capfd.readouterr().err
    assert not tool.STAMP.exists()
