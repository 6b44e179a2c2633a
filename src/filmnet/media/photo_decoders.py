"""Photo files by what they contain, not by their extension: size first, pixels on demand.

Opening reads a file's header only. Pillow decodes all formats but HEIC, of which libheif takes
care, and the lower bytes of 16-bit colour (`sixteen_bit`).

Pillow's own limit on pixels and on text chunks are settings of the whole process. Neither is
touched, but for a photo beyond Pillow's limit that the caller allows: there the limit is lifted
while this one photo is decoded.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from filmnet.media.colour import image_to_rgb, orient, samples_to_rgb
from filmnet.media.pixels import Picture
from filmnet.media.png import SIGNATURE, parse_png
from filmnet.media.sixteen_bit import decode_16_bit

ORIENTATION = 0x0112
_BITS_PER_SAMPLE, _PHOTOMETRIC, _EXTRA_SAMPLES = 258, 262, 338
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_PILLOW_SETTINGS = threading.RLock()


@dataclass(frozen=True, kw_only=True)
class OpenPhoto:
    """A photo whose header has been read."""

    width: int
    """Pixels, as shown: after the EXIF orientation."""

    height: int
    """Pixels, as shown."""

    dtype: type[np.uint8] | type[np.uint16]
    """uint16 where the file holds more than 8 bits per sample that we can read."""

    decode: Callable[[], Picture]
    """Decode the pixels: (H, W, 3) of `dtype`, sRGB; while the file is open."""


def open_photo(file: BinaryIO, *, max_pixels: int) -> OpenPhoto | None:
    """Read the header of a photo; None if it is of no known format.

    Args:
        file: open for reading at its start; has to stay open until the pixels are decoded.
        max_pixels: what the caller is ready to decode; the caller compares, too.

    Raises:
        Exception: whatever a decoder makes of a damaged header.
    """
    start = file.read(64)
    file.seek(0)
    if start.startswith(SIGNATURE):
        return _open_png(file.read())
    brands = _brands(start)
    if brands & _HEIF_BRANDS and not brands & {b"avif", b"avis"}:
        return _open_heif(file.read())
    plugin = _plugin(start, brands)
    if plugin is None:
        return None
    if plugin is TiffImagePlugin.TiffImageFile:
        return _open_tiff(TiffImagePlugin.TiffImageFile(file), file)
    try:
        return _open_with_pillow(plugin(file))
    except Image.DecompressionBombError:
        file.seek(0)
        with pillow_limit(max_pixels):
            return _open_with_pillow(plugin(file))


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Keep the decoders' Python warnings to themselves: a photo is read, or it is an error."""
    with _PILLOW_SETTINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def pillow_limit(pixels: int) -> Iterator[None]:
    """Let Pillow decode this many pixels; its setting is left alone where it suffices."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is None or pixels <= 2 * limit:  # Pillow warns from `limit` on, and refuses at twice
        yield
        return
    with _PILLOW_SETTINGS:
        Image.MAX_IMAGE_PIXELS = pixels
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _brands(start: bytes) -> set[bytes]:
    """The brands of an ISO media file: its major one and those that it says it fits."""
    if start[4:8] != b"ftyp":
        return set()
    (size,) = struct.unpack_from(">I", start)
    end = min(size, len(start))
    return {start[8:12], *(start[i : i + 4] for i in range(16, end - 3, 4))}


def _plugin(start: bytes, brands: set[bytes]) -> type[ImageFile.ImageFile] | None:
    """Pillow's class for what a file starts with."""
    if start.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return TiffImagePlugin.TiffImageFile
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if start.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if start.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    return AvifImagePlugin.AvifImageFile if brands & {b"avif", b"avis"} else None


def _open_with_pillow(image: ImageFile.ImageFile) -> OpenPhoto:
    orientation = _orientation(image.getexif)
    width, height = _turned(image.size, orientation)

    def decode() -> Picture:
        _load(image)
        return np.ascontiguousarray(orient(_image_to_rgb(image), orientation))

    return OpenPhoto(width=width, height=height, dtype=np.uint8, decode=decode)


def _open_png(data: bytes) -> OpenPhoto:
    png = parse_png(data)
    image = PngImagePlugin.PngImageFile(io.BytesIO(png.data))
    if png.profile:
        image.info["icc_profile"] = png.profile
    orientation = _orientation(lambda: _exif(png.exif))
    width, height = _turned(image.size, orientation)
    deep = png.bit_depth == 16

    def decode() -> Picture:
        _load(image)
        rgb = decode_16_bit(image, png.data, "png_pipe") if deep else _image_to_rgb(image)
        return np.ascontiguousarray(orient(rgb, orientation))

    return OpenPhoto(
        width=width, height=height, dtype=np.uint16 if deep else np.uint8, decode=decode
    )


def _open_tiff(image: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> OpenPhoto:
    """Pillow turns a TIFF itself, size and pixels; FFmpeg does not."""
    tags = dict(image.tag_v2)
    deep = set(tags.get(_BITS_PER_SAMPLE, ())) == {16} and (
        image.mode.startswith("I;16") or image.mode in ("RGB", "RGBA")
    )

    def decode() -> Picture:
        file.seek(0)
        data = file.read() if deep else b""
        _load(image)
        if not deep:
            return _image_to_rgb(image)
        return decode_16_bit(
            image,
            data,
            "tiff_pipe",
            orientation=tags.get(ORIENTATION, 1),
            premultiplied=tags.get(_EXTRA_SAMPLES, (0,))[0] == 1,
            inverted=tags.get(_PHOTOMETRIC) == 0,
        )

    width, height = image.size
    return OpenPhoto(
        width=width, height=height, dtype=np.uint16 if deep else np.uint8, decode=decode
    )


def _open_heif(data: bytes) -> OpenPhoto:
    """The decoder turns the picture as the file says; EXIF's orientation does not count in HEIF."""
    photo = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    width, height = photo.size
    deep = photo.mode.endswith(";16")
    return OpenPhoto(
        width=width,
        height=height,
        dtype=np.uint16 if deep else np.uint8,
        decode=lambda: _decode_deep_heif(photo) if deep else _decode_heif(photo),
    )


def _load(image: Image.Image) -> None:
    with pillow_limit(image.width * image.height):
        image.load()


def _image_to_rgb(image: Image.Image) -> Picture:
    return image_to_rgb(image, image.info.get("icc_profile"))


def _decode_heif(photo: Any) -> Picture:
    return image_to_rgb(photo.to_pillow(), photo.info.get("icc_profile"))


def _decode_deep_heif(photo: Any) -> Picture:
    """10 and 12 bits stand in the upper bits of 16: the lower ones repeat them."""
    samples = np.asarray(photo)
    samples = samples.reshape(*samples.shape[:2], -1)
    samples = samples | (samples >> photo.info["bit_depth"])
    return samples_to_rgb(
        samples, photo.info.get("icc_profile"), premultiplied=photo.premultiplied_alpha
    )


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in (5, 6, 7, 8) else size


def _exif(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


def _orientation(read: Callable[[], Image.Exif]) -> int:
    """The EXIF orientation, 1 to 8; damaged EXIF says nothing about a photo."""
    try:
        value = read().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - anything can come out of damaged EXIF, and none matters
        return 1
    return value if value in range(1, 9) else 1
