"""From what a user names (files, folders, globs) to a list of photo files in order."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from filmnet.errors import InputError

PHOTO_EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif", ".bmp", ".dib"),
)
"""What a folder is searched for, in lower case. A file that is named itself may end in anything."""

_GLOB_CHARACTERS = re.compile(r"[*?\[]")

PathLike = str | os.PathLike[str]


def list_photos(inputs: PathLike | Iterable[PathLike]) -> list[Path]:
    """The photo files that `inputs` name, in the order in which they were named.

    A folder stands for the photos directly in it, a glob (`*`, `?`, `[…]`, `**`) for the files
    that match; both in natural order (`2.jpg` before `10.jpg`), whatever their extensions and
    their case. Hidden files are left out.

    Args:
        inputs: one or more files, folders or globs.

    Raises:
        InputError: an empty name, a folder without photos, a glob without a match.
    """
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    return [photo for item in inputs for photo in _expand(item)]


def natural_key(path: Path) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sorts numbers in names by their value, without regard to case; ties by the exact name."""
    return tuple(_natural_part(part) for part in path.parts), str(path)


def _natural_part(part: str) -> tuple[str | int, ...]:
    pieces = re.split(r"(\d+)", part.casefold())
    return tuple(int(piece) if i % 2 else piece for i, piece in enumerate(pieces))


def _expand(item: PathLike) -> list[Path]:
    """What one name stands for; one that the system refuses to look at is left to the reader."""
    if not os.fspath(item):
        raise InputError("an empty name is no photo; name a file, or . for the current folder")
    path = Path(item)
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name cannot be looked at
        return _photos_in(path)
    if not os.path.exists(path) and _GLOB_CHARACTERS.search(str(path)):  # noqa: PTH110 - the same
        return _photos_matching(path)
    return [path]


def _photos_in(folder: Path) -> list[Path]:
    try:
        photos = [path for path in folder.iterdir() if _is_visible_photo(path)]
    except OSError as error:
        raise InputError(f"{folder}: this folder cannot be read ({error.strerror})") from error
    if not photos:
        raise InputError(
            f"{folder}: no photo in this folder; looked for {' '.join(PHOTO_EXTENSIONS)}"
        )
    return sorted(photos, key=natural_key)


def _is_visible_photo(path: Path) -> bool:
    return (
        not path.name.startswith(".")
        and path.suffix.lower() in PHOTO_EXTENSIONS
        and os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises
    )


def _photos_matching(pattern: Path) -> list[Path]:
    matches = [Path(name) for name in glob.glob(str(pattern), recursive=True)]  # noqa: PTH207 - any base
    photos = [path for path in matches if os.path.isfile(path)]  # noqa: PTH113 - as above
    if not photos:
        raise InputError(f"{pattern}: no file matches this pattern")
    return sorted(photos, key=natural_key)
