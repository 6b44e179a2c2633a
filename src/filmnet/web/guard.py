"""What stands in front of Gradio: known addresses alone, each visitor's own files, no fetching.

A visitor is known by a cookie (`visitors`). Sessions and events, under which Gradio tells how far
a job is, belong to the visitor who named them first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from filmnet.web.first_script import ask_for_plain, with_script
from filmnet.web.owners import Owners
from filmnet.web.payloads import check_payload
from filmnet.web.request_parts import (
    LONGEST_BODY,
    is_same_origin,
    read_cookies,
    read_json,
    replay,
)
from filmnet.web.routes import Route, find_route
from filmnet.web.settings import WebSettings
from filmnet.web.texts import LANGUAGE_COOKIE, LANGUAGES, PageError, choose_language, say, sentence
from filmnet.web.uploads import keep_uploads, receive_uploads
from filmnet.web.visitors import VISITOR_COOKIE, Visitors
from filmnet.web.workspace import Workspace

VISITOR, LANGUAGE = "filmnet_visitor", "filmnet_language"
"""Under which the request's scope says who asks, and in which language."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_SHOWN = frozenset(
    (".jpg", ".png", ".gif", ".webp", ".apng", ".mp4", ".webm")
)  # the rest is downloaded


class Guard:
    """An ASGI application around Gradio's.

    Args:
        app: Gradio's.
        settings: of the page.
        workspace: where the files are.
        is_signed_in: whether a request's cookies are those of a signed-in user.
        on_leave: told the session of an open page that has been closed.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: WebSettings,
        workspace: Workspace,
        is_signed_in: Callable[[dict[str, str]], bool],
        on_leave: Callable[[str], object],
    ) -> None:
        self._app = app
        self._settings = settings
        self._workspace = workspace
        self._is_signed_in = is_signed_in
        self._on_leave = on_leave
        # A browser sends a host's cookies to all its ports, where another filmnet may answer.
        self._cookie = f"{VISITOR_COOKIE}_{settings.port}"
        self._visitors = Visitors()
        self._owners = Owners()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let Gradio answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        cookies = read_cookies(headers)
        language = choose_language(cookies.get(LANGUAGE_COOKIE), headers.get("accept-language"))
        token = cookies.get(self._cookie)
        visitor = self._visitors.read(token)
        new = None
        if visitor is None:
            new = self._visitors.issue()
            visitor = self._visitors.read(new) or ""
        scope[VISITOR], scope[LANGUAGE] = visitor, language
        sending = self._with_headers(send, scope, new)
        path = self._own_path(scope)
        found = find_route(scope["method"], path)
        if found is None:
            await _refuse(404, say(language, "error_no_page"))(scope, receive, sending)
        elif not is_same_origin(headers) and scope["method"] == "POST":
            await _refuse(403, say(language, "error_request"))(scope, receive, sending)
        else:
            try:
                await self._handle(*found, scope, receive, sending, cookies)
            except PageError as error:
                status = _STATUS.get(error.key, 400)
                await _refuse(status, sentence(language, error))(scope, receive, sending)

    async def _handle(
        self,
        route: Route,
        parts: dict[str, str],
        scope: Scope,
        receive: Receive,
        send: Send,
        cookies: dict[str, str],
    ) -> None:
        """Answer a request to a known address."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if route is Route.PAGE and (chosen := query.get("lang", [""])[0]) in LANGUAGES:
            await self._switch(chosen)(scope, receive, send)
        elif route in (Route.UPLOAD, Route.FILE) and not self._is_signed_in(cookies):
            raise PageError("error_sign_in")
        elif route is Route.UPLOAD:
            await self._upload(scope, receive, send)
        elif route is Route.UPLOAD_PROGRESS:
            await _NO_PROGRESS(scope, receive, send)
        elif route is Route.FILE:
            await self._file(parts["path"], scope, receive, send)
        elif route in (Route.JOIN, Route.CALL, Route.CANCEL):
            await self._work(route, scope, receive, send)
        elif route is Route.LISTEN:
            self._check_listener(parts, query, scope[VISITOR])
            await self._listen(parts.get("session"), scope, receive, send)
        elif route is Route.PAGE:
            ask_for_plain(scope)
            await self._app(scope, receive, with_script(send))
        else:
            await self._app(scope, receive, send)

    def _own_path(self, scope: Scope) -> str:
        """The path without what a proxy that does not strip it has left in front."""
        path, prefix = str(scope["path"]), self._settings.root_path.rstrip("/")
        prefix = urlsplit(prefix).path if "://" in prefix else prefix
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            path = path[len(prefix) :] or "/"
            scope["path"], scope["raw_path"] = path, path.encode()
        return path

    def _switch(self, language: str) -> RedirectResponse:
        """Remember the language in which the page is to be shown, and show it."""
        root = self._settings.root_path.rstrip("/") or ""
        response = RedirectResponse(f"{root}/", status_code=303)
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax")
        return response

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits, visitor = self._settings.limits, scope[VISITOR]
        request = Request(scope, receive)
        files = await receive_uploads(request.headers, request.stream(), limits)
        kept = await run_in_threadpool(keep_uploads, files, visitor, self._workspace, limits)
        await JSONResponse([str(path) for path in kept])(scope, receive, send)

    async def _file(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._workspace.own_file(scope[VISITOR], path)
        if found is None:
            raise PageError("error_not_yours")
        shown = found.suffix in _SHOWN and b"download" not in scope.get("query_string", b"")
        response = FileResponse(
            found,
            filename=found.name,
            content_disposition_type="inline" if shown else "attachment",
            media_type=None if shown else "application/octet-stream",
            headers={"content-security-policy": FILE_POLICY, "cache-control": "private, no-store"},
        )
        await response(scope, receive, send)

    async def _work(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = scope[VISITOR]
        body = await read_json(Request(scope, receive))

        def is_own(path: str) -> bool:
            return self._workspace.own_file(visitor, path) is not None

        checked = check_payload(body, is_own)
        for name in ("session_hash", "event_id"):
            named = checked.get(name)
            if named is not None and not self._owners.claim(str(named), visitor):
                raise PageError("error_not_yours")
        text = json.dumps(checked).encode()
        if route is Route.CANCEL:
            await self._app(scope, replay(text, scope, receive), send)
            return
        await self._app(scope, replay(text, scope, receive), self._noting(send, visitor))

    def _noting(self, send: Send, visitor: str) -> Send:
        """Take down whose the event is that an answer names."""
        seen = bytearray()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.body" and len(seen) < LONGEST_BODY:
                seen.extend(message.get("body", b""))
                if not message.get("more_body"):
                    try:
                        event = json.loads(bytes(seen)).get("event_id")
                    except (ValueError, AttributeError):
                        event = None
                    if isinstance(event, str):
                        self._owners.claim(event, visitor)
            await send(message)

        return noting

    async def _listen(self, page: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream messages; an open page keeps a stream of its own, which ends when it is closed."""
        try:
            await self._app(scope, receive, send)
        finally:
            if page is not None:
                self._on_leave(page)

    def _check_listener(
        self, parts: dict[str, str], query: dict[str, list[str]], visitor: str
    ) -> None:
        """Nobody listens to another's session or event."""
        if "event" in parts:
            allowed = self._owners.owns(parts["event"], visitor)
        else:
            session = parts.get("session") or query.get("session_hash", [""])[0]
            allowed = bool(session) and self._owners.claim(session, visitor)
        if not allowed:
            raise PageError("error_not_yours")

    def _with_headers(self, send: Send, scope: Scope, new: str | None) -> Send:
        """Add the policy, and a new visitor's cookie, to whatever answers."""
        path = self._settings.root_path.rstrip("/") or "/"
        path = urlsplit(path).path or "/"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("content-security-policy", POLICY)
                if new is not None:
                    secure = "; Secure" if scope.get("scheme") == "https" else ""
                    headers.append(
                        "set-cookie",
                        f"{self._cookie}={new}; Path={path}; HttpOnly; SameSite=Lax{secure}",
                    )
            await send(message)

        return sending


_NO_PROGRESS = PlainTextResponse('data: {"msg": "done"}\n\n', media_type="text/event-stream")
"""The page asks while it uploads; its browser knows as much."""

_STATUS = {
    "error_not_yours": 403,
    "error_address": 403,
    "error_sign_in": 401,
    "error_upload": 413,
    "error_body": 413,
    "error_files": 413,
    "error_pixels": 413,
    "error_side": 413,
    "error_kind": 415,
    "error_damaged": 415,
}


def _refuse(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(text, status_code=status)
