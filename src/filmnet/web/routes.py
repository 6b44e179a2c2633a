"""The addresses that answer; all else of Gradio, which can read files or fetch, is closed."""

from __future__ import annotations

import re
from enum import Enum, auto

API = "/gradio_api"
ENDPOINTS = ("photos", "video", "insight")
"""What the HTTP API offers."""

_JOBS = f"(?:{'|'.join(ENDPOINTS)})"


class Route(Enum):
    """What an address is for, as far as the guard treats it differently."""

    STATIC = auto()
    """The program of the page; the same for everyone."""

    PAGE = auto()
    ABOUT = auto()
    """What is known of the page."""

    LOGIN = auto()
    UPLOAD = auto()
    UPLOAD_PROGRESS = auto()
    FILE = auto()
    JOIN = auto()
    """Asks for work; its payload may name files."""

    CALL = auto()
    """The same by the plain HTTP API, where the answer names the event."""

    CANCEL = auto()
    LISTEN = auto()
    """A stream of messages for one session or event."""


_TABLE: tuple[tuple[str, str, Route], ...] = (
    ("GET HEAD", r"/", Route.PAGE),
    ("GET HEAD", r"/(?:theme\.css|favicon\.ico|robots\.txt|manifest\.json)", Route.STATIC),
    ("GET HEAD", r"/(?:assets|static|svelte)/[^?]+", Route.STATIC),
    ("GET", rf"{API}/theme\.css", Route.STATIC),
    ("GET", r"/config/?", Route.ABOUT),
    ("GET", rf"{API}/(?:info|openapi\.json|app_id|startup-events|login_check)/?", Route.ABOUT),
    ("POST", r"/login/?", Route.LOGIN),
    ("GET", r"/logout", Route.LOGIN),
    ("POST", rf"{API}/upload/?", Route.UPLOAD),
    ("GET", rf"{API}/upload_progress", Route.UPLOAD_PROGRESS),
    ("GET HEAD", rf"{API}/file=(?P<path>.+)", Route.FILE),
    ("POST", rf"{API}/queue/join/?", Route.JOIN),
    ("POST", rf"{API}/call(?:/v2)?/{_JOBS}/?", Route.CALL),
    ("GET", rf"{API}/call(?:/v2)?/{_JOBS}/(?P<event>[\w-]+)", Route.LISTEN),
    ("GET", rf"{API}/queue/data", Route.LISTEN),
    ("GET", rf"{API}/heartbeat/(?P<session>[\w-]+)", Route.LISTEN),
    ("POST", rf"{API}/(?:cancel|reset)/?", Route.CANCEL),
)
_PATTERNS = [(methods.split(), re.compile(pattern), route) for methods, pattern, route in _TABLE]


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """What answers a request, and the named parts of its path; None if nothing does."""
    for methods, pattern, route in _PATTERNS:
        if method in methods and (match := pattern.fullmatch(path)):
            if route is Route.STATIC and ".." in path:
                return None
            return route, {k: v for k, v in match.groupdict().items() if v is not None}
    return None
