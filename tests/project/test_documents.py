"""What README and docs tell people to type exists, and does what they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer.main
from PIL import Image

from exporting import Exported
from filmnet.cli.app import build_app
from video_files import read_times, texture, write_clip

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+?)(#[^)]*)?\)")


def pages(checkout: Path) -> list[Path]:
    names = ["README.md", "CHANGELOG.md", "THIRD_PARTY.md", "examples/README.md"]
    return [*(checkout / name for name in names), *sorted((checkout / "docs").glob("*.md"))]


def commands(checkout: Path, program: str) -> Iterator[tuple[str, list[str]]]:
    """Page and words of each shown command that calls `program`."""
    for page in pages(checkout):
        for language, block in FENCE.findall(page.read_text()):
            for line in block.replace("\\\n", " ").splitlines() if not language else []:
                words = shlex.split(line, comments=True)
                if words and words[0] == program:
                    yield page.name, words[1:]


def options(words: list[str]) -> set[str]:
    return {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}


def test_the_first_screen_holds_the_commands_and_the_picture(checkout: Path) -> None:
    first = "\n".join((checkout / "README.md").read_text().splitlines()[:50])
    for words in (
        "make demo",
        "make test",
        "docs/images/demo.jpg",
        "pip install -c constraints.txt .",
        "filmnet photos one.jpg two.jpg -o clip.mp4",
        "import filmnet",
        "Which PyTorch",
        "https://download.pytorch.org/whl/cpu",
    ):
        assert words in first, words


def test_every_link_leads_to_a_file(checkout: Path) -> None:
    for page in pages(checkout):
        for target, _ in LINK.findall(page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_make_command_has_a_target(checkout: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (checkout / "Makefile").read_text(), re.MULTILINE))
    shown = list(commands(checkout, "make"))
    assert len(shown) >= 2
    assert {words[0] for _, words in shown} <= targets


def test_every_filmnet_command_and_option_exists(checkout: Path) -> None:
    root = typer.main.get_command(build_app())
    shown = list(commands(checkout, "filmnet"))
    assert len(shown) >= 5
    for page, words in shown:
        command = root
        while getattr(command, "commands", None):
            assert words[0] in command.commands, f"{page}: filmnet {words[0]}"
            command, words = command.commands[words[0]], words[1:]
        known = {name for parameter in command.params for name in parameter.opts}
        assert options(words) <= known, f"{page}: {words}"


def test_the_python_of_the_readme_runs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.zeros((40, 48, 3), np.uint8)
    for k, name in enumerate(("one.jpg", "two.jpg")):
        picture[8:24, 8 + 4 * k : 20 + 4 * k] = 200
        Image.fromarray(picture).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(3)])
    (block,) = (
        b for language, b in FENCE.findall((checkout / "README.md").read_text()) if language
    )
    names = {"image0": picture, "image1": picture[:, ::-1]}
    exec(block, names)
    assert (tmp_path / "clip.mp4").stat().st_size > 0
    assert len(read_times(tmp_path / "out.mp4")) == 7  # 0.12 s at 60 frames per second
    frames = list(names["frames"])
    assert len(frames) == 15
    assert {(frame.shape, frame.dtype.name) for frame in frames} == {(picture.shape, "uint8")}


def test_the_python_of_the_export_page_runs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exported_onnx: Exported
) -> None:
    for name in ("one.jpg", "two.jpg"):
        Image.new("RGB", (100, 70), "teal").save(tmp_path / name)
    shutil.copy(exported_onnx.path, tmp_path / "film.onnx")
    monkeypatch.chdir(tmp_path)
    (block,) = (
        b for language, b in FENCE.findall((checkout / "docs/export.md").read_text()) if language
    )
    exec(block, {})
    with Image.open("middle.png") as made:
        assert made.size == (64, 64)


def test_make_alone_lists_the_commands(checkout: Path) -> None:
    listed = subprocess.run(["make"], cwd=checkout, capture_output=True, text=True, check=True)
    assert {"make demo", "make test", "make test-slow", "make wheel", "make clean"} <= {
        " ".join(line.split()[:2]) for line in listed.stdout.splitlines()
    }


def test_make_demo_says_last_how_long_all_of_it_took(checkout: Path, tmp_path: Path) -> None:
    shutil.copy(checkout / "Makefile", tmp_path)
    program = tmp_path / ".venv" / "bin" / "filmnet"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nsleep 1\n")
    program.chmod(0o755)
    command = ["make", "--no-print-directory", "demo", "PYTHON=sleep 1; :"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    last = r"demo\.mp4 is there after (\d+) s, set-up and loading included"
    assert int(re.fullmatch(last, done.stdout.splitlines()[-1])[1]) >= 1


def test_make_test_runs_style_types_and_tests(checkout: Path) -> None:
    plan = subprocess.run(
        ["make", "-n", "test"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout
    places = [
        plan.index(words)
        for words in ("set_up.py", "ruff check", "ruff format --check", "mypy", "-m pytest")
    ]
    assert places == sorted(places)


def test_continuous_integration_runs_make_test(checkout: Path) -> None:
    script = checkout / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make --no-print-directory test" in script.read_text().splitlines()[-1]
