"""Whoever changes a module finds its tests under its name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def modules(package):
    """Names of a package's modules."""
    files = (ROOT / "src/filmnet" / package).glob("*.py")
    return {path.stem for path in files if path.stem != "__init__"}


@pytest.mark.parametrize("package", ["jobs", "media"])
def test_every_module_has_a_test_file_of_its_name(package):
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / package).glob("*.py")}
    assert modules(package) - tested == set()
