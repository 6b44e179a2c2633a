"""From a folder or a manifest to jobs, one at a time; nothing holds them all.

    FOLDER          each sub-folder of photos a job, each video a job
    jobs.csv        a header line: inputs, and as needed job, kind, output and any option
    jobs.jsonl      one JSON object a line, with the same names

Paths in a manifest are relative to it, outputs to the batch's output folder.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from filmnet.cluster import storage
from filmnet.cluster.job import Job, Kind
from filmnet.cluster.options import parse_options
from filmnet.errors import InputError
from filmnet.media.photo_list import PHOTO_EXTENSIONS

VIDEO_EXTENSIONS = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg"),
    *(".wmv", ".flv", ".3gp", ".mxf", ".ogv", ".vob", ".gif"),
)
"""What a folder is searched for, in lower case. A manifest may name any file."""

_LINES = (".jsonl", ".ndjson")
_SEPARATOR = ";"
"""Between the inputs of one job in a CSV field."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Where the jobs of a batch stand, and where their outputs go."""

    source: str
    """A folder, a .csv or a .jsonl, by path or URL."""

    output: str
    """Folder, by path or URL, of all outputs without a place of their own."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Options of all jobs that do not name others."""

    def __post_init__(self) -> None:
        for name in ("source", "output"):
            path = getattr(self, name)
            if not storage.is_remote(path):  # workers may have another current folder
                object.__setattr__(self, name, str(Path(path.removeprefix("file://")).absolute()))

    def jobs(self) -> Iterator[Job]:
        """The jobs in order, read as they are asked for.

        Raises:
            InputError: a source that cannot be read, or a line that is no job.
        """
        extension = PurePosixPath(self.source).suffix.lower()
        if extension == ".csv":
            yield from self._rows(self._csv_rows())
        elif extension in _LINES:
            yield from self._rows(self._json_rows())
        else:
            yield from self._in_folder()

    def _in_folder(self) -> Iterator[Job]:
        entries = storage.list_folder(self.source)
        if entries is None:
            raise InputError(
                f"{self.source}: this is no folder of jobs, and no manifest that ends in .csv, "
                ".jsonl or .ndjson"
            )
        for entry in entries:
            if entry.name.startswith(".") or self._is_output(entry.path):
                continue
            name = PurePosixPath(entry.name)
            if entry.is_folder:
                yield self._job("photos", entry.name, (f"{entry.path.rstrip('/')}/",), entry.path)
            elif name.suffix.lower() in VIDEO_EXTENSIONS:
                yield self._job("video", name.stem, (entry.path,), entry.path)

    def _job(self, kind: Kind, name: str, inputs: tuple[str, ...], where: str) -> Job:
        return Job(
            name=name,
            kind=kind,
            inputs=inputs,
            output=storage.locate(f"{name}.mp4", self.output),
            options=parse_options(kind, {}, where, defaults=self.defaults),
        )

    def _is_output(self, path: str) -> bool:
        if storage.is_remote(path) or storage.is_remote(self.output):
            return path.rstrip("/") == self.output.rstrip("/")
        return os.path.realpath(path) == os.path.realpath(self.output)

    def _csv_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        with storage.open_text(self.source) as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            for row in reader:
                where = f"{self.source} line {reader.line_num}"
                if None in row:
                    raise InputError(f"{where}: more fields than the first line has names")
                fields = {
                    (name or "").strip(): (value or "").strip() for name, value in row.items()
                }
                inputs = fields.pop("inputs", "") or fields.pop("input", "")
                fields.pop("input", None)
                yield (
                    where,
                    fields | {"inputs": [part.strip() for part in inputs.split(_SEPARATOR)]},
                )

    def _json_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        with storage.open_text(self.source) as file:
            for number, line in enumerate(file, 1):
                where = f"{self.source} line {number}"
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise InputError(f"{where}: this is no JSON ({error})") from error
                if not isinstance(row, dict):
                    raise InputError(f"{where}: a job is an object: {{…}}")
                if "input" in row:
                    row["inputs"] = row.pop("input")
                yield where, row

    def _rows(self, rows: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[Job]:
        for where, row in rows:
            yield self._job_of(where, row)

    def _job_of(self, where: str, row: dict[str, Any]) -> Job:
        inputs = _inputs(where, row.pop("inputs", None))
        kind = _kind(where, row.pop("kind", None), inputs)
        name, output = _text(where, row, "job"), _text(where, row, "output")
        name = name or _stem(output or inputs[0])
        if name.startswith("/") or ".." in name.split("/"):
            raise InputError(f"{where}: job {name!r} would lie outside of {self.output}")
        base = storage.parent(self.source)
        return Job(
            name=name,
            kind=kind,
            inputs=tuple(storage.locate(path, base) for path in inputs),
            output=storage.locate(output or f"{name}.mp4", self.output),
            options=parse_options(kind, row, where, defaults=self.defaults),
        )


def _inputs(where: str, given: Any) -> list[str]:
    inputs = [given] if isinstance(given, str) else given
    if not isinstance(inputs, list) or not all(isinstance(path, str) for path in inputs):
        raise InputError(f"{where}: inputs has to be a path, or a list of paths")
    inputs = [path for path in inputs if path]
    if not inputs:
        raise InputError(f"{where}: a job without inputs")
    return inputs


def _kind(where: str, given: Any, inputs: list[str]) -> Kind:
    """As it is named, or as the inputs look."""
    if given:
        for kind in get_args(Kind):
            if given == kind:
                return kind  # type: ignore[no-any-return]
        raise InputError(f"{where}: kind is {given!r}, but has to be photos or video")
    path = PurePosixPath(inputs[0])
    extension = path.suffix.lower()
    are_photos = (
        len(inputs) > 1
        or inputs[0].endswith("/")
        or not extension
        or extension in PHOTO_EXTENSIONS
        or storage.is_glob(inputs[0])
    )
    return "photos" if are_photos else "video"


def _text(where: str, row: dict[str, Any], name: str) -> str:
    value = row.pop(name, None)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{where}: {name} is {value!r}, but has to be text")
    return value


def _stem(path: str) -> str:
    name = storage.base_name(path)
    return name if path.endswith("/") else PurePosixPath(name).stem
