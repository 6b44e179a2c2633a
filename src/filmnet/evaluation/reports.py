"""Report files in a folder, written whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from filmnet.errors import OutputError


def check_reports(folder: Path, names: Iterable[str], *, overwrite: bool) -> None:
    """Refuse a folder that cannot take the files `names`.

    Raises:
        OutputError: it is a file, cannot be made or written, or holds one of them already.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; reports need a folder, name another one")
    taken = [name for name in names if (folder / name).exists()]
    if taken and not overwrite:
        raise OutputError(
            f"{folder / taken[0]}: exists already; pass --overwrite to replace it, "
            f"or name another folder"
        )
    parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not parent.is_dir():
        raise OutputError(f"{folder}: {parent} is a file; name another folder")


def write_reports(folder: Path, files: Mapping[str, str], *, overwrite: bool) -> None:
    """Write all `files` into `folder`, which is made where need be.

    Each is complete under a temporary name before the first takes its own; other files in the
    folder stay.

    Raises:
        OutputError: one exists and `overwrite` is False, or cannot be written.
    """
    check_reports(folder, files, overwrite=overwrite)
    mark = f".{secrets.token_hex(6)}.part"
    parts = {folder / f".{name}{mark}": name for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, name in parts.items():
            part.write_text(files[name], "utf-8")
        for part, name in parts.items():
            part.replace(folder / name)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{folder}: the reports cannot be written ({reason})") from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
