from __future__ import annotations

import io
import socket
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pillow_heif
import pytest
from PIL import Image

from filmnet.web.photo_looks import look_of
from page_serving import SECONDS, Visitor


def png(size=(8, 6)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def visitor(visitors) -> Visitor:
    return visitors()


def folder_of(page, visitor):
    """What lies in the folders of all visitors."""
    return sorted(path for path in page.site.context.workspace.root.rglob("*.*") if path.is_file())


NAMES = [
    *("../../../../tmp/x.png", "/etc/cron.d/x.png", "..\\..\\x.png", "%2e%2e%2fx.png", "a\nb.png"),
    *("con.png", "x" * 500 + ".png", ".bashrc", "$(reboot).png", "a;b|c.png", "<script>.svg"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_becomes_a_path(page, visitor, name):
    (path,) = visitor.own((name, png()))
    root = page.site.context.workspace.root
    assert Path(path).is_relative_to(root)
    assert Path(path).parents[2] == root
    assert Path(path).suffix == ".png"
    assert Path(path).read_bytes() == png()


def test_a_phones_photo_is_taken_and_shown(page, visitor):
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), (200, 40, 40))).save(buffer)
    (path,) = visitor.own(("IMG_0001.HEIC", buffer.getvalue()))
    assert Path(path).name == "IMG_0001.heic"
    with Image.open(look_of(Path(path), page.site.context.settings.limits)) as look:
        assert look.format == "JPEG"
        assert look.size == (64, 48)


def test_several_files_keep_their_order(visitor, photos):
    paths = visitor.own(*photos(5))
    assert [Path(path).name for path in paths] == [f"photo_{k}.png" for k in range(5)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.png", b"<html><script>alert(1)</script></html>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-KEY:METHOD=NONE\nfile:///etc/passwd"),
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd"),
        ("empty.png", b""),
        ("a.exe", b"MZ" + bytes(100)),
    ],
)
def test_what_is_neither_photo_nor_video_is_refused(visitor, name, data):
    answer = visitor.upload((name, data))
    assert answer.status_code == 415
    assert answer.text.startswith(f"{name} is neither a photo")


def test_one_bad_file_keeps_none(page, visitor, photos):
    before = folder_of(page, visitor)
    assert visitor.upload(*photos(3), ("bad.png", b"x")).status_code == 415
    assert folder_of(page, visitor) == before


def test_a_bomb_and_a_strip_are_refused(visitor):
    bomb, strip = io.BytesIO(), io.BytesIO()
    Image.new("1", (5000, 5000)).save(bomb, "PNG")
    Image.new("1", (1, 100_000)).save(strip, "PNG")
    answer = visitor.upload(("bomb.png", bomb.getvalue()))
    assert (answer.status_code, answer.text) == (
        413,
        "bomb.png has 5000×5000 pixels, more than 1 megapixels; make it smaller.",
    )
    answer = visitor.upload(("strip.png", strip.getvalue()))
    assert (answer.status_code, answer.text) == (
        413,
        "strip.png has 1×100000 pixels; a side may have 16384: crop it.",
    )


def test_a_polyglot_is_served_as_the_picture_that_it_is(visitor):
    """A GIF that is a page to a browser that guesses, and a ZIP at its end."""
    gif, archive = io.BytesIO(), io.BytesIO()
    Image.new("P", (8, 6)).save(gif, "GIF", comment=b"*/=1;alert(1)//<script>alert(1)</script>")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../x", "x")
    (path,) = visitor.own(("page.html", gif.getvalue() + archive.getvalue()))
    answer = visitor.file(path)
    assert Path(path).suffix == ".gif"
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_large_upload_is_refused_before_it_is_sent(page, visitor):
    body = b"x" * 5_000_000
    answer = visitor.http.post(
        "/gradio_api/upload",
        content=body,
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.text) == (
        413,
        "One upload may have 3 MB; choose smaller files.",
    )


def test_a_large_upload_without_a_length_is_refused_while_it_streams(page, visitor):
    def endless():
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        for _ in range(200):
            yield b"x" * 100_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    before = folder_of(page, visitor)
    answer = visitor.http.post("/gradio_api/upload", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert folder_of(page, visitor) == before


def test_too_many_files_are_refused(visitor):
    answer = visitor.upload(*[(f"{k}.png", png()) for k in range(7)])
    assert (answer.status_code, answer.text) == (
        413,
        "At most 6 files are taken at once; choose fewer.",
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"x"),
    ],
)
def test_what_is_no_form_with_files_is_refused(visitor, kind, body):
    answer = visitor.http.post("/gradio_api/upload", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.text == "This request cannot be understood."


def test_an_upload_that_breaks_off_leaves_nothing(page, visitor):
    before = folder_of(page, visitor)
    host, port = urlsplit(page.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(
            b"POST /gradio_api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n"
            b"content-type: multipart/form-data; boundary=x\r\n\r\n"
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + png()
        )
    assert visitor.own(("b.png", png()))
    assert len(folder_of(page, visitor)) == len(before) + 1
