"""Writing WebDataset shards, and the index of shards wherever they lie."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from filmnet.errors import OutputError, RecipeError
from filmnet.training.layouts import open_sequences
from filmnet.training.preparation import Meter, Report, replacing, tell_nobody
from filmnet.training.sequences import Sequences
from filmnet.training.shards import INDEX_FILE, Member, index_shard, write_index

SHARD_BYTES = 1_000_000_000
"""Of a shard, about; what readers that stream them are used to."""


def write_shards(
    data: Path,
    target: Path,
    report: Report = tell_nobody,
    *,
    shard_bytes: int = SHARD_BYTES,
    part: tuple[int, int] = (1, 1),
) -> None:
    """Write the sequences of a data set as WebDataset shards with their index.

    Args:
        data: of any layout but a pack and clips.
        target: the folder to be made, under a temporary name until it is complete.
        report: told how far the writing is.
        shard_bytes: a shard that has reached this size is followed by the next one.
        part: (k, n) writes the k-th of n equal parts, from 1: parts may lie on several disks.

    Raises:
        RecipeError: nothing to write, or a picture that cannot be read.
        OutputError: `target` exists, or cannot be written.
    """
    sequences = open_sequences(data)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target}: exists; name another folder for the shards")
    first, last = (len(sequences) * k // part[1] for k in (part[0] - 1, part[0]))
    if first == last:
        raise RecipeError(f"{data}: has too few sequences for {part[1]} parts")
    with replacing(target) as partial:
        paths = _write_tars(sequences, range(first, last), partial, shard_bytes, report)
        write_index(partial / INDEX_FILE, {path.name: index_shard(str(path)) for path in paths})


def index_shards(shards: Sequence[str], target: Path, report: Report = tell_nobody) -> int:
    """Write one index of shards that lie anywhere.

    Args:
        shards: tar files, folders of them, URLs.
        target: the index, a file whose name ends in .json.
        report: told of each shard.

    Returns:
        How many samples the shards hold.

    Raises:
        RecipeError: no shard, or one that cannot be read.
        OutputError: the index cannot be written.
    """
    if target.suffix != ".json":
        raise OutputError(f"{target}: an index of shards is a file that ends in .json")
    paths = [path for shard in shards for path in _expand(shard)]
    meter = Meter(report, len(paths))
    found: dict[str, dict[str, list[Member]]] = {}
    for path in paths:
        found[_as_seen_from(target.absolute().parent, path)] = index_shard(path)
        meter.end(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        write_index(part, found)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
    return sum(map(len, found.values()))


def _write_tars(
    sequences: Sequences, numbers: range, folder: Path, shard_bytes: int, report: Report
) -> list[Path]:
    """Write sequences one after the other; returns the tars."""
    paths: list[Path] = []
    names: set[str] = set()
    meter = Meter(report, len(numbers))
    waiting = iter(numbers)
    number = next(waiting, None)
    while number is not None:
        paths.append(folder / f"shard-{len(paths):06}.tar")
        written = 0
        with tarfile.open(paths[-1], "w") as archive:
            while number is not None and written < shard_bytes:
                written += _add(archive, sequences, number, names)
                meter.end()
                number = next(waiting, None)
    return paths


def _add(archive: tarfile.TarFile, sequences: Sequences, number: int, names: set[str]) -> int:
    """Append a sequence; returns its size in bytes."""
    sample = _plain(sequences.name(number))
    if sample in names:
        raise RecipeError(f"{sequences.name(number)}: two sequences would be called {sample}")
    names.add(sample)
    size = 0
    for frame in range(sequences.frame_count(number)):
        data = sequences.read(number, frame)
        # The owner, the time and the rights of the file are nobody's business.
        entry = tarfile.TarInfo(f"{sample}.{_member(sequences.file_name(number, frame))}")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
        size += len(data)
    return size


def _plain(name: str) -> str:
    """A name without what has a meaning in shards: dots end it, slashes are folders."""
    return name.strip("./").replace("/", "_").replace(".", "_") or "sequence"


def _member(file_name: str) -> str:
    """A picture's name within its sample: of dots only the one before the extension is left."""
    path = Path(file_name)
    return f"{_plain(path.stem)}{path.suffix}"


def _expand(shard: str) -> Iterator[str]:
    if "://" in shard or not Path(shard).is_dir():
        yield shard
        return
    found = sorted(Path(shard).glob("*.tar"))
    if not found:
        raise RecipeError(f"{shard}: no .tar file in this folder")
    yield from map(str, found)


def _as_seen_from(folder: Path, shard: str) -> str:
    """A shard's path as the index is to hold it: relative if it lies beside or below it."""
    if "://" in shard:
        return shard
    path = Path(shard).absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
