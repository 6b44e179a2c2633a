"""WebDataset shards: sequences in tar files, read in any order by way of an index.

    shard-000000.tar      00001_0001.im1.png  00001_0001.im2.png  00001_0001.im3.png
                          00001_0002.im1.png  …     one sequence: names equal up to the first dot
    index.json            where each picture begins in which tar, and its length

The tars are what every WebDataset reader takes. Such readers stream a shard from its start, which
leaves no way to go on with sample n but to read all before it. The index makes each picture one
read at a known place instead, so that shards are visited in the same order as any other set.

A path in the index is relative to it, absolute (shards on several disks), or a URL that fsspec
opens (https://, s3://, …).
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from filmnet.errors import RecipeError
from filmnet.media.photo_list import natural_key
from filmnet.training.pictures import SampleError, is_picture_name

INDEX_FILE = "index.json"
_FEWEST_FRAMES = 3


class Member(NamedTuple):
    """A picture in a tar file."""

    name: str
    """What follows the sample's name and a dot."""

    offset_bytes: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class ShardSample:
    """A sequence in a tar file."""

    name: str
    shard: str
    """The tar's path or URL."""

    members: tuple[Member, ...]
    """Its pictures, in natural order."""


@dataclass(frozen=True)
class ShardSequences:
    """The sequences of all shards."""

    samples: tuple[ShardSample, ...]

    def __len__(self) -> int:
        return len(self.samples)

    def name(self, number: int) -> str:
        return self.samples[number].name

    def frame_count(self, number: int) -> int:
        return len(self.samples[number].members)

    def file_name(self, number: int, frame: int) -> str:
        return self.samples[number].members[frame].name

    def frame_name(self, number: int, frame: int) -> str:
        sample = self.samples[number]
        return f"{sample.shard}, {sample.name}.{self.file_name(number, frame)}"

    def read(self, number: int, frame: int) -> bytes:
        sample = self.samples[number]
        member = sample.members[frame]
        data = _read_range(sample.shard, member.offset_bytes, member.size_bytes)
        if len(data) != member.size_bytes:
            raise SampleError(
                f"{sample.shard}: ends within {sample.name}.{member.name}; the shard is not the "
                f"one that was indexed, or is cut short"
            )
        return data

    def without(self, names: Collection[str]) -> ShardSequences:
        return ShardSequences(tuple(s for s in self.samples if s.name not in names))


def open_shards(data: Path) -> tuple[ShardSequences, int]:
    """The sequences of an index, or of the folder that it lies in.

    Returns:
        The sequences, and how many samples have too few pictures for one.

    Raises:
        RecipeError: no index, a damaged one, or a shard that is not there.
    """
    path = data if data.is_file() else data / INDEX_FILE
    shards = _read_index(path)
    samples = [
        ShardSample(name=name, shard=shard, members=members)
        for shard, content in shards.items()
        for name, members in content.items()
    ]
    long_enough = tuple(s for s in samples if len(s.members) >= _FEWEST_FRAMES)
    return ShardSequences(long_enough), len(samples) - len(long_enough)


def write_index(path: Path, shards: Mapping[str, Mapping[str, Sequence[Member]]]) -> None:
    """Write the index of shards, given by their paths as the index is to hold them."""
    # One line per shard: the file can be looked into, and paths in it edited.
    lines = [
        json.dumps({"path": shard, "samples": samples}, separators=(",", ":"))
        for shard, samples in shards.items()
    ]
    path.write_text('{"shards": [\n' + ",\n".join(lines) + "\n]}\n", "utf-8")


def index_shard(shard: str) -> dict[str, list[Member]]:
    """The pictures of every sample in a tar file, in natural order.

    Args:
        shard: path or URL; only headers are read.

    Raises:
        RecipeError: no tar file, or a compressed one, of which no part can be read by itself.
    """
    samples: dict[str, list[Member]] = {}
    try:
        with _open_shard(shard) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for entry in archive:
                sample, member = split_name(entry.name)
                if entry.isfile() and is_picture_name(PurePosixPath(entry.name).name):
                    found = Member(member, entry.offset_data, entry.size)
                    samples.setdefault(sample, []).append(found)
    except (ImportError, OSError, ValueError, tarfile.TarError) as error:
        raise RecipeError(
            f"{shard}: cannot be read as an uncompressed tar file ({error}); make the shard again"
        ) from error
    return {name: sorted(members, key=_member_key) for name, members in samples.items()}


def split_name(name: str) -> tuple[str, str]:
    """A name in a tar file as WebDataset splits it: sample, and member after the first dot."""
    path = PurePosixPath(name)
    sample, _, member = path.name.partition(".")
    return (path.parent / sample).as_posix(), member


def _member_key(member: Member) -> Any:
    return natural_key(Path(member.name))


def _read_index(path: Path) -> dict[str, dict[str, tuple[Member, ...]]]:
    """Shards by path or URL, in the index's order; each with its samples."""
    try:
        lines = json.loads(path.read_text("utf-8"))["shards"]
        shards = {
            _locate(line["path"], path.parent): {
                name: tuple(Member(sys.intern(m[0]), int(m[1]), int(m[2])) for m in members)
                for name, members in line["samples"].items()
            }
            for line in lines
        }
    except FileNotFoundError as error:
        raise RecipeError(
            f"{path}: shards are read by way of an index; `filmnet data index` writes it"
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path}: is damaged; `filmnet data index` writes it anew") from error
    for shard in _absent(shards):
        raise RecipeError(f"{shard}: {path} names this shard, but there is no such file")
    return shards


def _locate(shard: str, folder: Path) -> str:
    return shard if "://" in shard else str(folder / shard)


def _absent(shards: Collection[str]) -> Iterator[str]:
    return (shard for shard in shards if "://" not in shard and not Path(shard).is_file())


def _read_range(shard: str, offset_bytes: int, size_bytes: int) -> bytes:
    """A part of a file or of what a URL leads to."""
    try:
        if "://" in shard:
            system, path = _remote(shard)
            return bytes(system.cat_file(path, offset_bytes, offset_bytes + size_bytes))
        with Path(shard).open("rb") as file:
            file.seek(offset_bytes)
            return file.read(size_bytes)
    except (ImportError, OSError, ValueError) as error:
        raise SampleError(f"{shard}: cannot be read ({error})") from error


def _open_shard(shard: str) -> Any:
    if "://" not in shard:
        return Path(shard).open("rb")
    system, path = _remote(shard)
    return system.open(path, "rb")


def _remote(shard: str) -> tuple[Any, str]:
    """The file system that a URL leads to, and the path on it."""
    from fsspec.core import url_to_fs

    system, path = url_to_fs(shard)
    return system, str(path)
