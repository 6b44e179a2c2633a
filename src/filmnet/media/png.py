"""PNG files as chunks: what a decoder must not see, and what it does not tell.

    signature │ length, name, data, CRC │ length, name, data, CRC │ … │ IEND

Pillow refuses a photo whose text or ICC profile unpacks to more than a megabyte, which opens
everywhere else; so both are taken out before Pillow sees it. EXIF may stand behind the pixels.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT = (b"tEXt", b"zTXt", b"iTXt")
_MAX_PROFILE_BYTES = 16_000_000


@dataclass(frozen=True, kw_only=True)
class PngFile:
    """A PNG file without its text and its ICC profile."""

    data: bytes
    """The file without these chunks, up to where it ends or breaks off."""

    bit_depth: int
    """Bits per sample: 1, 2, 4, 8 or 16; 0 without a header."""

    profile: bytes | None
    """The ICC profile; None without one, and for one that is damaged or beyond 16 MB."""

    exif: bytes
    """The EXIF block, wherever in the file it stands; empty if there is none."""


def parse_png(data: bytes) -> PngFile:
    """Take a PNG file apart; whether it is whole and sound is for the decoder to find."""
    kept, exif, profile = [SIGNATURE], b"", None
    for name, chunk in _chunks(data):
        if name == b"eXIf":
            exif = chunk[8:-4]
        elif name == b"iCCP" and profile is None:
            profile = _unpack_profile(chunk[8:-4])
        if name not in (*_TEXT, b"iCCP"):
            kept.append(chunk)
    header = kept[1] if len(kept) > 1 else b""
    return PngFile(
        data=b"".join(kept),
        bit_depth=header[16] if len(header) == 25 else 0,
        profile=profile,
        exif=exif,
    )


def _unpack_profile(data: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, 0, the method 0, then zlib's stream."""
    packed = data.partition(b"\0")[2]
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and whole chunk (length, name, data, CRC) one by one; the last may be cut short."""
    start = len(SIGNATURE)
    while start + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, start)
        yield name, data[start : start + 12 + length]
        if name == b"IEND":
            return
        start += 12 + length
