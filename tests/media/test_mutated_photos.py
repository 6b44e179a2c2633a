"""Damaged files of every format: each is read, or gives one sentence; nothing else happens."""

import io
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from filmnet.errors import InputError
from filmnet.media.photos import read_photo

PER_FORMAT = 84  # times 12 formats are the 1,000
BOUND = 4_000_000  # pixels; keeps a header that claims too much from costing minutes


def _pillow(kind, **options):
    def encode(picture):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, kind, **options)
        return file.getvalue()

    return encode


def _cv2(extension):
    def encode(picture):
        return cv2.imencode(extension, picture.astype(np.uint16) * 257)[1].tobytes()

    return encode


def _heic(picture):
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(file, quality=60)
    return file.getvalue()


def _grey_alpha(picture):
    file = io.BytesIO()
    Image.fromarray(picture).convert("LA").save(file, "PNG")
    return file.getvalue()


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = Image.Exif()
EXIF[0x0112] = 6
FORMATS = {
    "jpeg": _pillow("JPEG", icc_profile=PROFILE, exif=EXIF),
    "progressive jpeg": _pillow("JPEG", progressive=True),
    "png": _pillow("PNG", icc_profile=PROFILE, exif=EXIF),
    "grey png with alpha": _grey_alpha,
    "16-bit png": _cv2(".png"),
    "webp": _pillow("WEBP", icc_profile=PROFILE, exif=EXIF),
    "tiff": _pillow("TIFF", compression="tiff_lzw", exif=EXIF),
    "16-bit tiff": _cv2(".tiff"),
    "heic": _heic,
    "avif": _pillow("AVIF", exif=EXIF),
    "bmp": _pillow("BMP"),
    "gif": _pillow("GIF"),
}


def mutate(data, rng):
    """Change, remove, repeat or cut some bytes; PNG's checksums are put right half of the time."""
    mutated = bytearray(data)
    for _ in range(rng.integers(1, 8)):
        place = int(rng.integers(0, max(len(mutated), 1)) * rng.random() ** 2)
        kind = rng.integers(0, 5)
        if kind == 0:
            mutated[place : place + 1] = bytes([rng.integers(256)])
        elif kind == 1:
            mutated[place : place + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
        elif kind == 2:
            del mutated[place : place + int(rng.integers(1, 20))]
        elif kind == 3:
            mutated[place:place] = mutated[place : place + int(rng.integers(1, 20))]
        elif rng.random() < 0.3:
            del mutated[place:]
    return _with_checksums(mutated) if rng.random() < 0.5 else bytes(mutated)


def _with_checksums(data):
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return bytes(data)
    start = 8
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        if end > len(data):
            break
        data[end - 4 : end] = zlib.crc32(data[start + 4 : end - 4]).to_bytes(4, "big")
        start = end
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_a_mutated_photo_is_read_or_gives_one_sentence(name, tmp_path, smooth):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    original = FORMATS[name](smooth(40, 30))
    path = tmp_path / "photo.jpg"
    sentences = []
    for _ in range(PER_FORMAT):
        path.write_bytes(mutate(original, rng))
        try:
            picture = read_photo(path, max_pixels=BOUND)
        except InputError as error:
            sentences.append(str(error))
        else:
            assert picture.ndim == 3
            assert picture.shape[2] == 3
            assert picture.dtype in (np.uint8, np.uint16)
    assert sentences
    assert all(text.startswith(f"{path}: ") and "\n" not in text for text in sentences)


@pytest.mark.parametrize("name", FORMATS)
def test_the_unmutated_photo_is_read(name, tmp_path, smooth):
    (tmp_path / "photo.jpg").write_bytes(FORMATS[name](smooth(40, 30)))
    assert set(read_photo(tmp_path / "photo.jpg").shape[:2]) == {30, 40}
