"""What a file is, by what it contains; the name that it came with decides nothing."""

from __future__ import annotations

import re
from pathlib import Path

from filmnet.errors import InputError
from filmnet.media import probe_photo
from filmnet.media.video_info import probe_video
from filmnet.web.texts import PageError

LONGEST_SIDE_PX = 16_384
_LONGEST_NAME = 60
_ANY_PIXELS = 1 << 40
_UNSAFE = re.compile(r"[^\w.-]+")
_PHOTOS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (0, b"BM", ".bmp"),
    (0, b"GIF8", ".gif"),
    (8, b"WEBP", ".webp"),
    *((4, b"ftyp" + brand, ".heic") for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc")),
    *((4, b"ftyp" + brand, ".heic") for brand in (b"mif1", b"msf1", b"hevx")),
    *((4, b"ftyp" + brand, ".avif") for brand in (b"avif", b"avis")),
)
_VIDEOS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", ".mp4"),
    (4, b"moov", ".mov"),
    (4, b"mdat", ".mov"),
    (4, b"wide", ".mov"),
    (4, b"free", ".mov"),
    (0, b"\x1aE\xdf\xa3", ".mkv"),
    (8, b"AVI ", ".avi"),
    (0, b"FLV\x01", ".flv"),
    (0, b"\x00\x00\x01\xba", ".mpg"),
    (0, b"\x47", ".ts"),
    (4, b"\x47", ".ts"),
    (0, b"\x30\x26\xb2\x75", ".wmv"),
)
PHOTO_EXTENSIONS = frozenset(extension for _, _, extension in _PHOTOS)


def find_extension(start: bytes) -> str | None:
    """The extension that a file ought to have; None for what is neither photo nor video."""
    for place, mark, extension in (*_PHOTOS, *_VIDEOS):
        if start[place : place + len(mark)] == mark:
            return extension
    return None


def safe_name(name: str, extension: str) -> str:
    """A name for the disk: the stem that a user would know again, and the true extension."""
    stem = Path(name.replace("\\", "/").rsplit("/", 1)[-1]).stem
    return (_UNSAFE.sub("_", stem).strip("._-")[:_LONGEST_NAME] or "file") + extension


def check_upload(path: Path, name: str, *, max_pixels: int) -> None:
    """Refuse by its header a photo or video that is too large or none; nothing is decoded.

    Args:
        path: the file.
        name: what the visitor calls it.
        max_pixels: of a photo or of a video's frame.

    Raises:
        PageError: the file cannot be used.
    """
    try:
        if path.suffix in PHOTO_EXTENSIONS:
            photo = probe_photo(path, max_pixels=_ANY_PIXELS)
            size = photo.width, photo.height
        else:
            size = probe_video(path).size
    except InputError as error:
        raise PageError("error_damaged", name=name) from error
    width, height = size
    if width * height > max_pixels:
        limit = f"{max_pixels / 1e6:g}"
        raise PageError("error_pixels", name=name, width=width, height=height, limit=limit)
    if max(size) > LONGEST_SIDE_PX:
        raise PageError("error_side", name=name, width=width, height=height, limit=LONGEST_SIDE_PX)
