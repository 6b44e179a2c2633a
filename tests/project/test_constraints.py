"""constraints.txt names one version of everything that filmnet and its tests install."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BROUGHT_BY_TORCH = ("nvidia-", "cuda-", "triton")
"""Builds of PyTorch for GPUs name the exact versions of these themselves."""


def pins(checkout: Path) -> list[Requirement]:
    lines = (checkout / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed(requirement: Requirement, seen: set[str]) -> set[str]:
    """Names of what a requirement installs here, itself included."""
    name = canonicalize_name(requirement.name)
    key = f"{name}[{','.join(sorted(requirement.extras))}]"
    if key in seen or name.startswith(BROUGHT_BY_TORCH):
        return set()
    seen.add(key)
    names = {name}
    for line in distribution(name).requires or []:
        inner = Requirement(line)
        extras = requirement.extras or {""}
        if inner.marker is None or any(inner.marker.evaluate({"extra": e}) for e in extras):
            names |= needed(inner, seen)
    return names


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_every_pin_is_exact_and_unique_for_a_python(checkout: Path, version: str) -> None:
    names = []
    for pin in pins(checkout):
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        if pin.marker is None or pin.marker.evaluate({"python_version": version}):
            names.append(canonicalize_name(pin.name))
    assert len(names) == len(set(names))


def test_everything_that_the_tests_install_is_pinned(checkout: Path) -> None:
    pinned = {canonicalize_name(pin.name) for pin in pins(checkout)}
    assert needed(Requirement("filmnet[dev]"), set()) - {"filmnet"} <= pinned


def test_every_extra_that_is_named_anywhere_exists(checkout: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True
    )
    named = set()
    for name in listed.stdout.decode().split("\0"):
        if name.endswith((".py", ".md", ".toml")):
            text = (checkout / name).read_text(encoding="utf-8")
            named |= set(re.findall(r"(?:filmnet|'\.)\[([a-z]+)\]", text))
    section = (checkout / "pyproject.toml").read_text().split("[project.optional-dependencies]")[1]
    extras = set(re.findall(r"^(\w+) = ", section.split("\n[")[0], re.MULTILINE))
    assert {"train", "dev", "tf"} <= named
    assert named <= extras


def test_the_pins_satisfy_what_the_package_asks_for(checkout: Path) -> None:
    asked = {}
    for line in distribution("filmnet").requires:
        requirement = Requirement(line)
        asked[canonicalize_name(requirement.name)] = requirement.specifier
    for pin in pins(checkout):
        (exact,) = pin.specifier
        specifier = asked.get(canonicalize_name(pin.name))
        assert specifier is None or specifier.contains(exact.version), pin
