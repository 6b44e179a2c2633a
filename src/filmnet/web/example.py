"""The bundled pair of photos, one click away."""

from __future__ import annotations

import shutil
from pathlib import Path

from filmnet.errors import InputError
from filmnet.web.workspace import Workspace

NAMES = ("one.jpg", "two.jpg")


def example_folder() -> Path:
    """Where the pair lies: in the installed package, or in the checkout it runs from.

    Raises:
        InputError: it is in neither.
    """
    package = Path(__file__).parent
    for folder in (package / "pair", package.parents[2] / "examples"):
        if all((folder / name).is_file() for name in NAMES):
            return folder
    raise InputError("the example photos are not part of this installation")


def copy_example(workspace: Workspace, visitor: str) -> list[Path]:
    """Give a visitor a copy of the pair, as if it had been uploaded.

    Raises:
        InputError: this installation has no example.
    """
    copies = []
    for name in NAMES:
        target = workspace.new_folder(visitor) / name
        shutil.copyfile(example_folder() / name, target)
        copies.append(target)
    return copies
