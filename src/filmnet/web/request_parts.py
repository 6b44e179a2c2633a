"""What a request says of itself: cookies, where it comes from, and a JSON body of bearable size."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request, cookie_parser
from starlette.types import Message, Receive, Scope

from filmnet.web.texts import PageError

LONGEST_BODY = 1_000_000


def read_cookies(headers: Headers) -> dict[str, str]:
    """The cookies of a request; a damaged one, perhaps another program's, does not hide others."""
    return cookie_parser(headers.get("cookie", ""))


def is_same_origin(headers: Headers) -> bool:
    """Whether a request comes from our own page, or from no page at all."""
    origin = headers.get("origin")
    if origin is None:
        return True
    hosts = {headers.get("host", ""), headers.get("x-forwarded-host", "")} - {""}
    return urlsplit(origin).netloc in hosts


async def read_json(request: Request) -> dict[str, Any]:
    """The body of a request, an object.

    Raises:
        PageError: it is too long, or no such thing.
    """
    return _parse(await _read_body(request))


def replay(body: bytes, scope: Scope, receive: Receive) -> Receive:
    """What Gradio reads instead of the body that was read here; then the connection's end."""
    headers = MutableHeaders(scope=scope)
    headers["content-length"] = str(len(body))
    sent = asyncio.Event()

    async def replaying() -> Message:
        if not sent.is_set():
            sent.set()
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replaying


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise PageError("error_body")
    except ClientDisconnect as error:
        raise PageError("error_request") from error
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PageError("error_request") from error
    if not isinstance(value, dict):
        raise PageError("error_request")
    return value
