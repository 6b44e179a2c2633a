"""Files and folders, local or by URL (`s3://…`, `gs://…`), through fsspec.

What is local is used where it lies. What is delivered is complete when it has its name: locally a
part is renamed; object stores show an object only when it is whole; elsewhere a part is moved.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmnet.errors import FilmnetError, InputError, OutputError
from filmnet.media.photo_list import natural_key
from filmnet.media.spool import PART_PREFIX

_OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss")
"""Protocols under which an object appears when its last byte is there."""

_GLOB_CHARACTERS = "*?["


@dataclass(frozen=True)
class Entry:
    """What a folder holds."""

    name: str
    path: str
    is_folder: bool


def is_remote(path: str) -> bool:
    """Whether a path is a URL of something that is not on this machine's file systems."""
    return "://" in path and not path.startswith(("file://", "local://"))


def locate(path: str, base: str) -> str:
    """A path as it is understood from `base`, a folder; URLs and absolute paths stay."""
    if is_remote(path) or Path(path).is_absolute():
        return path
    return f"{base.rstrip('/')}/{path}" if base not in ("", "/") else f"{base}{path}"


def parent(path: str) -> str:
    """The folder that something lies in."""
    return path.rstrip("/").rpartition("/")[0] or ("/" if path.startswith("/") else ".")


def base_name(path: str) -> str:
    """The last part of a path or URL."""
    return path.rstrip("/").rpartition("/")[2]


def exists(path: str) -> bool:
    """Whether something is there.

    Raises:
        InputError: the place cannot be asked.
    """
    if not is_remote(path):
        return os.path.lexists(path.rstrip("/") or path)
    with _errors(path, InputError):
        files, inside = _open(path)
        return bool(files.exists(inside))


def list_folder(path: str) -> list[Entry] | None:
    """What a folder holds, in natural order; None if there is no such folder.

    Raises:
        InputError: the folder cannot be read.
    """
    with _errors(path, InputError):
        if not is_remote(path):
            if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it may not look
                return None
            with os.scandir(path) as scan:
                found = [Entry(item.name, item.path, item.is_dir()) for item in scan]
        else:
            files, inside = _open(path)
            if not files.isdir(inside):
                return None
            found = [
                Entry(
                    base_name(item["name"]),
                    files.unstrip_protocol(item["name"]),
                    item["type"] == "directory",
                )
                for item in files.ls(inside, detail=True)
            ]
    return sorted(found, key=lambda entry: natural_key(Path(entry.name)))


def find_files(path: str) -> list[str]:
    """What a remote file, folder or glob stands for: the files, in natural order.

    Raises:
        InputError: nothing is there.
    """
    with _errors(path, InputError):
        files, inside = _open(path)
        if any(character in inside for character in _GLOB_CHARACTERS):
            found = [files.unstrip_protocol(name) for name in files.glob(inside)]
        elif path.endswith("/") or files.isdir(inside):
            listed = list_folder(path) or []
            found = [entry.path for entry in listed if not entry.is_folder]
        else:
            return [path]
    return sorted(found, key=lambda file: natural_key(Path(base_name(file))))


def is_glob(path: str) -> bool:
    """Whether a path stands for those that match it."""
    return glob.has_magic(base_name(path))


def fetch(path: str, folder: Path) -> Path:
    """A file on this machine: where it lies if it is local, else copied into `folder`.

    Raises:
        InputError: it cannot be read.
    """
    if not is_remote(path):
        return Path(path)
    local = folder / base_name(path)
    part = local.with_name(f"{PART_PREFIX}{local.name}")
    with _errors(path, InputError):
        files, inside = _open(path)
        files.get_file(inside, str(part))
        part.replace(local)
    return local


def deliver(local: Path, target: str) -> None:
    """Put a file, or locally a folder, where it belongs, whole, in place of what is there.

    Raises:
        OutputError: it cannot be written.
    """
    with _errors(target, OutputError):
        if is_remote(target):
            _upload(local, target)
        else:
            _copy(local, Path(target))


def write_text(path: str, text: str) -> None:
    """Write a small file, whole.

    Raises:
        OutputError: it cannot be written.
    """
    with _errors(path, OutputError):
        if is_remote(path):
            files, inside = _open(path)
            files.pipe_file(inside, text.encode())
            return
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = _part_of(target)
        part.write_text(text, "utf-8")
        part.replace(target)


@contextmanager
def open_text(path: str) -> Iterator[Any]:
    """Read a text file, local or remote, line by line.

    Raises:
        InputError: it cannot be read, or is no text.
    """
    with _errors(path, InputError):
        files, inside = _open(path)
        with files.open(inside, "rt", encoding="utf-8-sig", newline="") as file:
            yield file


def remove(path: str) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if is_remote(path):
        files, inside = _open(path)
        with suppress(FileNotFoundError):
            files.rm(inside, recursive=True)
    elif os.path.isdir(path):  # noqa: PTH112 - as above
        shutil.rmtree(path, ignore_errors=True)
    else:
        Path(path).unlink(missing_ok=True)


def _upload(local: Path, target: str) -> None:
    files, inside = _open(target)
    if target.partition("://")[0] in _OBJECT_STORES:
        files.put_file(str(local), inside)
        return
    files.makedirs(parent(inside), exist_ok=True)
    part = f"{parent(inside)}/{PART_PREFIX}{base_name(inside)}.part"
    files.put_file(str(local), part)
    files.mv(part, inside)


def _copy(local: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(target)
    _discard(part)
    if local.is_dir():
        shutil.copytree(local, part)
        _discard(target)
        part.rename(target)
        return
    shutil.copyfile(local, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _part_of(target: Path) -> Path:
    return target.with_name(f"{PART_PREFIX}{target.name}.part")


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _open(path: str) -> tuple[Any, str]:
    """The file system of a path, and the path in it; listings are never remembered."""
    import fsspec

    files, inside = fsspec.core.url_to_fs(path, use_listings_cache=False)
    return files, inside


@contextmanager
def _errors(path: str, kind: type[FilmnetError]) -> Iterator[None]:
    """What a file system objects to, as one sentence."""
    what = "read" if kind is InputError else "written"
    try:
        yield
    except FilmnetError:
        raise
    except FileNotFoundError as error:
        missing = "file" if kind is InputError else "place"
        raise kind(f"{path}: there is no such {missing}") from error
    except ImportError as error:
        raise kind(
            f"{path}: a package for this is missing ({error}); pip install 'filmnet[cluster]' "
            "brings what s3:// and local files need"
        ) from error
    except Exception as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise kind(f"{path}: cannot be {what} ({reason or type(error).__name__})") from error
