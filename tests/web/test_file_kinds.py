from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from filmnet.web.file_kinds import LONGEST_SIDE_PX, check_upload, find_extension, safe_name
from filmnet.web.texts import PageError
from video_files import texture, write_clip


def encoded(kind, size=(8, 6)):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "extension"),
    [
        *(("JPEG", ".jpg"), ("PNG", ".png"), ("GIF", ".gif"), ("BMP", ".bmp"), ("TIFF", ".tif")),
        *(("WEBP", ".webp"), ("AVIF", ".avif")),
    ],
)
def test_a_photo_is_known_by_its_bytes(kind, extension):
    assert find_extension(encoded(kind)[:64]) == extension


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_a_phones_photo_is_known(brand):
    assert find_extension(b"\0\0\0\x18ftyp" + brand) == ".heic"


@pytest.mark.parametrize(
    ("start", "extension"),
    [(b"\0\0\0\x18ftypisom", ".mp4"), (b"\x1aE\xdf\xa3", ".mkv"), (b"RIFF\0\0\0\0AVI ", ".avi")],
)
def test_a_video_is_known_by_its_bytes(start, extension):
    assert find_extension(start) == extension


@pytest.mark.parametrize(
    "start",
    [
        *(b"", b"<html>", b"<svg xmlns", b"%PDF-1.7", b"PK\x03\x04", b"#!/bin/sh", b"\x7fELF"),
        *(b"#EXTM3U\n", b"RIFF\0\0\0\0WAVE", b"ffconcat version 1.0"),
    ],
)
def test_everything_else_is_not_taken(start):
    assert find_extension(start) is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("IMG_0001.HEIC", "IMG_0001.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("..\\..\\windows\\win.ini", "win.jpg"),
        ("/etc/shadow", "shadow.jpg"),
        ("a b<script>.png", "a_b_script.jpg"),
        ("照片 一.png", "照片_一.jpg"),
        ("\0\n\r", "file.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("-rf.png", "rf.jpg"),
        ("%2e%2e%2fx.png", "2e_2e_2fx.jpg"),
        ("x" * 500 + ".png", "x" * 60 + ".jpg"),
    ],
)
def test_a_name_becomes_harmless(name, safe):
    assert safe_name(name, ".jpg") == safe


def bomb(width, height):
    """A PNG that is small as a file and says that it is large."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed)


@pytest.mark.parametrize("size", [(50_000, 50_000), (2_000_000_000, 1), (1200, 1000)])
def test_a_bomb_is_refused_by_its_header(tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(PageError, match=r"holiday has \d+×\d+ pixels, more than 1 megapixels"):
        check_upload(path, "holiday", max_pixels=1_000_000)


def test_a_strip_is_refused(tmp_path):
    path = tmp_path / "strip.png"
    Image.new("L", (1, 100_000)).save(path)
    with pytest.raises(PageError, match=f"1×100000 pixels; a side may have {LONGEST_SIDE_PX}"):
        check_upload(path, "strip", max_pixels=1_000_000)


def test_what_only_begins_as_a_photo_is_refused(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0<html><script>alert(1)</script>")
    with pytest.raises(PageError, match="holiday is damaged, or not what it seems"):
        check_upload(path, "holiday", max_pixels=1_000_000)


def test_a_videos_frame_has_the_same_limit(tmp_path):
    picture = np.asarray(texture())
    path = write_clip(tmp_path / "a.mp4", [picture, picture])
    check_upload(path, "clip", max_pixels=10_000)
    with pytest.raises(PageError, match="clip has 64×48 pixels"):
        check_upload(path, "clip", max_pixels=1000)


def test_what_only_begins_as_a_video_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    with pytest.raises(PageError, match="damaged"):
        check_upload(path, "clip", max_pixels=10_000)
