"""LICENSE and THIRD_PARTY.md say what holds, for what is installed here."""

from __future__ import annotations

import re
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

COPYLEFT = {
    "av": ["x264", "x265"],
    "pillow_heif": ["libheif", "libde265", "x265"],
}
"""Package → GPL and LGPL libraries that THIRD_PARTY.md says its wheel holds."""


@pytest.fixture(scope="module")
def third_party(checkout: Path) -> str:
    """THIRD_PARTY.md."""
    return (checkout / "THIRD_PARTY.md").read_text()


def test_the_licence_is_apache_2(checkout: Path) -> None:
    text = (checkout / "LICENSE").read_text()
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert distribution("filmnet").metadata["License-Expression"] == "Apache-2.0"


def test_third_party_has_a_row_for_each_dependency(third_party: str) -> None:
    rows = {
        re.sub(r"[-_ ].*", "", word)
        for row in re.findall(r"^\| ([^|]+?) \|", third_party, re.MULTILINE)
        for word in re.split(r", | and ", row)
    }
    for line in distribution("filmnet").requires:
        requirement = Requirement(line)
        if requirement.marker is None:
            assert re.sub(r"[-_].*", "", requirement.name) in rows, requirement.name


@pytest.mark.parametrize("package", COPYLEFT)
def test_third_party_names_the_copyleft_libraries_in_the_wheels(
    third_party: str, package: str
) -> None:
    (row,) = re.findall(rf"^\| {package.replace('_', '-')} .*$", third_party, re.MULTILINE)
    assert "GPL" in row
    assert all(library in row for library in COPYLEFT[package])
    bundled = Path(sysconfig.get_path("platlib"), f"{package}.libs")
    if bundled.is_dir():  # Linux's wheels keep them there
        files = " ".join(path.name for path in bundled.iterdir())
        assert all(library in files for library in COPYLEFT[package])


def test_third_party_names_each_group_of_training_material(third_party: str) -> None:
    material = third_party.split("## Material")[1]
    assert len(re.findall(r"^\| .* \|$", material, re.MULTILINE)) >= 20
    assert "CC-BY 3.0, © Blender Foundation" in material
    assert "public domain" in material
