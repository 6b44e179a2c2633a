"""Messages in the protocol-buffers encoding, read without a schema.

Source: protobuf.dev, "Encoding".
"""

from __future__ import annotations

import mmap

Message = dict[int, list[int | bytes]]
"""A protocol-buffer message: field number → its values, in order."""


def read_message(content: bytes | mmap.mmap) -> Message:
    """Every field of a message, by number.

    Raises:
        ValueError, IndexError: these bytes are no message.
    """
    fields: Message = {}
    at = 0
    while at < len(content):
        tag, at = varint(content, at)
        value: int | bytes
        if tag & 7 == 0:
            value, at = varint(content, at)
        elif tag & 7 == 2:
            length, at = varint(content, at)
            value, at = _slice(content, at, length), at + length
        elif tag & 7 in (1, 5):
            length = 8 if tag & 7 == 1 else 4
            value, at = int.from_bytes(_slice(content, at, length), "little"), at + length
        else:
            raise ValueError(f"wire type {tag & 7} in a message")
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def number(fields: Message, field: int) -> int:
    """A number, 0 where it is left out, as the format has it."""
    value = fields.get(field, [0])[-1]
    if isinstance(value, bytes):
        raise ValueError(f"field {field} is no number")
    return value


def octets(fields: Message, field: int) -> bytes:
    value = fields[field][-1]
    if isinstance(value, int):
        raise ValueError(f"field {field} is a number")
    return value


def varint(content: bytes | mmap.mmap, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _slice(content: bytes | mmap.mmap, at: int, length: int) -> bytes:
    """So many bytes, all of which must be there."""
    if at + length > len(content):
        raise IndexError("a field reaches past the end")
    return content[at : at + length]
