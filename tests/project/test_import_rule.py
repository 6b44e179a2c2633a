"""A package imports only what stands above it; the command line and the page never the model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDER = [
    "errors",
    "media",
    "model",
    "weights",
    "interpolation",
    "jobs",
    "evaluation",
    "training",
    "cluster",
    "web",
    "cli",
]
"""From the bottom up, as the package's docstring lists them."""

FORBIDDEN = {"cli": {"model"}, "web": {"model"}}
FREE = {"__init__", "__main__"}
"""Modules of the root: they hold the public names and the entry, and stand above all."""


def packages_imported(source: str, package: str) -> Iterator[str]:
    """Top-level packages of filmnet that a module's code imports, wherever it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = [f"filmnet.{package}" if node.level == 1 else f"filmnet.{node.module}"]
        elif isinstance(node, ast.ImportFrom) and node.module == "filmnet":
            names = [f"filmnet.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        elif isinstance(node, ast.Constant) and str(node.value).startswith("filmnet."):
            names = [str(node.value)]  # import_module("filmnet.jobs")
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("filmnet."))


def violations(source: str, package: str) -> list[str]:
    """What the rule forbids in a module of `package`."""
    above = set(ORDER[: ORDER.index(package) + 1]) - FORBIDDEN.get(package, set())
    allowed = above | {"__version__"}
    return sorted({name for name in packages_imported(source, package) if name not in allowed})


def test_every_package_stands_in_the_order(checkout: Path) -> None:
    root = checkout / "src" / "filmnet"
    found = {path.stem for path in root.glob("*.py")} | {
        path.parent.name for path in root.glob("*/__init__.py")
    }
    assert found - FREE <= set(ORDER)


def test_a_package_imports_only_what_stands_above_it(checkout: Path) -> None:
    root = checkout / "src" / "filmnet"
    broken = {}
    for path in root.rglob("*.py"):
        package = path.relative_to(root).with_suffix("").parts[0]
        if package not in FREE and (names := violations(path.read_text(), package)):
            broken[str(path.relative_to(root))] = names
    assert not broken


@pytest.mark.parametrize(
    ("source", "package", "forbidden"),
    [
        ("from filmnet.jobs import photos_to_video", "media", ["jobs"]),
        ("def f():\n    import filmnet.cli.app", "jobs", ["cli"]),
        ("from filmnet import load", "media", ["load"]),
        ("from ..weights import names", "model", ["weights"]),
        ("from filmnet.model import Film", "cli", ["model"]),
        ("import_module('filmnet.training')", "weights", ["training"]),
        ("from filmnet.errors import InputError\nfrom filmnet import __version__", "media", []),
        ("from .names import x\nfrom filmnet.model import Film", "weights", []),
    ],
)
def test_the_rule_sees_every_way_to_import(source: str, package: str, forbidden: list[str]) -> None:
    assert violations(source, package) == forbidden


def test_the_package_states_the_same_order(checkout: Path) -> None:
    stated = ast.get_docstring(ast.parse((checkout / "src/filmnet/__init__.py").read_text()))
    names = [name for name in ORDER if name in stated.split("Reading order")[1]]
    positions = [stated.index(name, stated.index("Reading order")) for name in names]
    assert len(names) >= 9
    assert positions == sorted(positions)
