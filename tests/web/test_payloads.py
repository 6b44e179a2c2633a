from __future__ import annotations

import pytest

from filmnet.web.payloads import check_payload
from filmnet.web.texts import PageError


def own(path):
    return path == "/mine/a.jpg"


def test_an_own_file_passes_without_its_address():
    file = {"path": "/mine/a.jpg", "url": "http://elsewhere/", "orig_name": "http://x.jpg"}
    assert check_payload({"data": [[file], 2, "mp4"]}, own) == {
        "data": [[{"path": "/mine/a.jpg", "url": None, "orig_name": "http://x.jpg"}], 2, "mp4"]
    }


@pytest.mark.parametrize("path", ["/mine/b.jpg", "/etc/passwd", 3, ["/mine/a.jpg"], {}, "", True])
def test_any_other_path_is_refused(path):
    with pytest.raises(PageError, match="not yours"):
        check_payload({"data": [{"nested": [{"path": path}]}]}, own)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "HTTPS://example.org",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "//example.org/x",
        " \n http://x",
        "data:text/html,x",
        "ftp://x",
        "gopher:x",
    ],
)
def test_an_address_anywhere_is_refused(address):
    for payload in ({"data": [address]}, {"data": {"video": {"path": None, "x": [address]}}}):
        with pytest.raises(PageError, match="Nothing is fetched"):
            check_payload(payload, own)


@pytest.mark.parametrize("text", ["mp4", "30000/1001", "a: b", "", "C:", "photo 1.jpg"])
def test_plain_words_pass(text):
    assert check_payload([text], own) == [text]


def test_nesting_without_end_is_refused():
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(PageError, match="cannot be understood"):
        check_payload(deep, own)
