"""Variables out of a TensorFlow SavedModel folder, without TensorFlow.

    saved_model/
      saved_model.pb                         the network as a graph; not needed here
      variables/variables.index              a sorted table: key → type, shape, place
      variables/variables.data-00000-of-…    the numbers, one after the other

Keys are paths through Python objects (`variables/3/.ATTRIBUTES/VARIABLE_VALUE`). The names that
mean something (`fusion/conv2d/kernel`) stand in the entry `_CHECKPOINTABLE_OBJECT_GRAPH`, beside
the keys. Only data is read; the graph, which can write files when it runs, is never built.

Source of the formats: TensorFlow's tensor_bundle.proto, trackable_object_graph.proto and its
table format (LevelDB's).
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.weights.protobuf import number, octets, read_message, varint

INDEX = Path("variables", "variables.index")
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
BLOCK_TRAILER_BYTES = 5
DTYPES = {
    1: torch.float32,
    2: torch.float64,
    3: torch.int32,
    9: torch.int64,
    14: torch.bfloat16,
    19: torch.float16,
}
"""TensorFlow's DataType numbers, as far as weights and counters use them."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """Where a tensor lies in the data files."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size_bytes: int


def is_saved_model(folder: Path) -> bool:
    """Whether a folder is a TensorFlow 2 SavedModel with variables."""
    return os.path.isfile(folder / INDEX)  # noqa: PTH113  # Path's own raises without access


def read_saved_model(folder: Path) -> tuple[dict[str, Tensor], str]:
    """Variables by name, and the sha256 of the files with their numbers.

    Args:
        folder: the one that holds `saved_model.pb` and `variables/`.

    Returns:
        Name (without `:0`) → tensor as TensorFlow stores it, kernels (height, width, in, out).

    Raises:
        WeightsError: files that are damaged or missing.
    """
    try:
        entries = dict(_read_index((folder / INDEX).read_bytes()))
        shards, sha256 = _read_shards(folder, _shard_count(entries.pop("")))
        names = _variable_names(_text(_entry(entries.pop(OBJECT_GRAPH)), shards))
        tensors = {
            names.get(key, key): _tensor(_entry(value), shards) for key, value in entries.items()
        }
    except (OSError, ValueError, LookupError, TypeError, RuntimeError, struct.error) as error:
        raise WeightsError(
            f"{folder}: the SavedModel's variables are damaged or incomplete "
            f"({type(error).__name__}: {error}); get the folder again"
        ) from error
    return tensors, sha256


def as_torch_kernels(variables: dict[str, Tensor]) -> dict[str, Tensor]:
    """Kernels from (height, width, in, out) to (out, in, height, width); the rest unchanged."""
    return {
        name: tensor.permute(3, 2, 0, 1) if tensor.ndim == 4 else tensor
        for name, tensor in variables.items()
    }


def _read_shards(folder: Path, count: int) -> tuple[list[bytearray], str]:
    digest = hashlib.sha256()
    shards = []
    for shard in range(count):
        path = folder / "variables" / f"variables.data-{shard:05d}-of-{count:05d}"
        shards.append(bytearray(path.read_bytes()))
        digest.update(shards[-1])
    return shards, digest.hexdigest()


def _read_index(table: bytes) -> Iterator[tuple[str, bytes]]:
    """Keys and values of a sorted table: a footer names an index block, and that the others."""
    footer = table[-FOOTER_BYTES:]
    if len(footer) < FOOTER_BYTES or struct.unpack("<Q", footer[-8:])[0] != TABLE_MAGIC:
        raise ValueError("variables.index is no table")
    _, at = varint(footer, 0)  # the meta-index block is not needed
    _, at = varint(footer, at)
    for _, handle in _read_block(table, footer, at):
        for key, value in _read_block(table, handle, 0):
            yield key.decode(), value


def _read_block(table: bytes, handle: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Entries of the block whose offset and size are written at `handle[at:]`.

    A key leaves out what it has in common with the one before it.
    """
    offset, at = varint(handle, at)
    size, _ = varint(handle, at)
    block = table[offset : offset + size]
    if len(block) < size or table[offset + size] != 0:
        raise ValueError("a block of variables.index is cut short or compressed")
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 * (restarts + 1)
    key, at = b"", 0
    while at < end:
        shared, at = varint(block, at)
        unshared, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at : at + unshared]
        at += unshared
        yield key, block[at : at + length]
        at += length


def _shard_count(header: bytes) -> int:
    fields = read_message(header)
    if number(fields, 2) != 0:
        raise ValueError("the data is big-endian")
    return number(fields, 1)


def _entry(value: bytes) -> _Entry:
    fields = read_message(value)
    if 7 in fields:
        raise ValueError("a variable is stored in slices")
    shape = read_message(octets(fields, 2)) if 2 in fields else {}
    dims = (dim for dim in shape.get(2, []) if isinstance(dim, bytes))
    sizes = tuple(number(read_message(dim), 1) for dim in dims)
    return _Entry(
        dtype=number(fields, 1),
        shape=sizes,
        shard=number(fields, 3),
        offset=number(fields, 4),
        size_bytes=number(fields, 5),
    )


def _tensor(entry: _Entry, shards: list[bytearray]) -> Tensor:
    dtype = DTYPES.get(entry.dtype)
    if dtype is None:
        raise ValueError(f"a variable has TensorFlow's type number {entry.dtype}")
    content = _content(entry, shards)
    return torch.frombuffer(content, dtype=dtype).reshape(entry.shape)


def _text(entry: _Entry, shards: list[bytearray]) -> bytes:
    """A single string: its length, four bytes of checksum, its bytes."""
    content = bytes(_content(entry, shards))
    length, at = varint(content, 0)
    return content[at + 4 : at + 4 + length]


def _content(entry: _Entry, shards: list[bytearray]) -> bytearray:
    content = shards[entry.shard][entry.offset : entry.offset + entry.size_bytes]
    if len(content) < entry.size_bytes:
        raise ValueError("the data file is cut short")
    return content


def _variable_names(object_graph: bytes) -> dict[str, str]:
    """Checkpoint key → variable name, of every object that has a value."""
    names = {}
    for node in read_message(object_graph).get(1, []):
        for attribute in read_message(node).get(2, []) if isinstance(node, bytes) else []:
            fields = read_message(attribute) if isinstance(attribute, bytes) else {}
            if fields.get(2):
                names[octets(fields, 3).decode()] = octets(fields, 2).decode().split(":")[0]
    return names
