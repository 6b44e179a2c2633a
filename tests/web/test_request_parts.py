from __future__ import annotations

import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request

from filmnet.web.request_parts import (
    LONGEST_BODY,
    is_same_origin,
    read_cookies,
    read_json,
    replay,
)
from filmnet.web.texts import PageError


def headers(**values):
    pairs = [(name.replace("_", "-").encode(), v.encode("latin-1")) for name, v in values.items()]
    return Headers(raw=pairs)


def request(*chunks, ends_with="http.request"):
    """A request whose body comes in parts."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": ends_with, "body": b"", "more_body": False})
    waiting = iter(messages)

    async def receive():
        return next(waiting)

    return Request({"type": "http", "headers": []}, receive)


def test_cookies_are_read():
    assert read_cookies(headers(cookie="a=1; b=x.y")) == {"a": "1", "b": "x.y"}


@pytest.mark.parametrize("header", ["", ";;;", "a", "=", "a=b; filmnet_other", "a=" + "x" * 9999])
def test_damaged_cookies_name_no_visitor(header):
    assert "filmnet_visitor" not in read_cookies(headers(cookie=header))


@pytest.mark.parametrize(
    "other", ['x="unfinished', "é=ü", "a[b]={1}", "{}", "a b=c", "=", "x=\x7f"]
)
def test_another_programs_cookie_does_not_hide_ours(other):
    found = read_cookies(headers(cookie=f"{other}; filmnet_visitor=a.b; {other}"))
    assert found["filmnet_visitor"] == "a.b"


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ({"host": "a.org"}, True),
        ({"host": "a.org", "origin": "https://a.org"}, True),
        ({"host": "x:7860", "origin": "https://a.org", "x_forwarded_host": "a.org"}, True),
        ({"host": "a.org", "origin": "https://evil.org"}, False),
        ({"host": "a.org", "origin": "https://a.org.evil.org"}, False),
        ({"host": "a.org", "origin": "null"}, False),
        ({"origin": ""}, False),
    ],
)
def test_a_page_of_another_site_is_known_by_its_origin(values, same):
    assert is_same_origin(headers(**values)) is same


def test_an_object_is_read_from_its_parts():
    assert asyncio.run(read_json(request(b'{"a":', b" 1}"))) == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"1", b"null", b"[" * 100_000, b"\xff"])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(PageError, match="cannot be understood"):
        asyncio.run(read_json(request(body)))


def test_a_body_that_goes_on_is_refused_at_the_limit():
    endless = [b"x" * 100_000] * (LONGEST_BODY // 100_000 + 1)
    with pytest.raises(PageError, match="too long"):
        asyncio.run(read_json(request(*endless)))


def test_a_body_that_breaks_off_is_refused():
    with pytest.raises(PageError, match="cannot be understood"):
        asyncio.run(read_json(request(b"{", ends_with="http.disconnect")))


def test_a_body_is_given_on_and_then_what_comes_next():
    async def later():
        return {"type": "http.disconnect"}

    scope = {"headers": [(b"content-length", b"99")]}
    receive = replay(b"{}", scope, later)
    first, second = asyncio.run(receive()), asyncio.run(receive())
    assert first == {"type": "http.request", "body": b"{}", "more_body": False}
    assert second == {"type": "http.disconnect"}
    assert scope["headers"] == [(b"content-length", b"2")]
