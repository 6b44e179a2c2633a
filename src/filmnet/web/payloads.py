"""What a request may ask for: files of its own visitor, and nothing to be fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from filmnet.web.texts import PageError

DEEPEST = 20
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:file|data|ftp|jar|gopher):", re.I)
_NAMES = frozenset(("orig_name", "mime_type"))
"""What the browser says of a file; nothing is opened by it."""


def check_payload(value: Any, is_own: Callable[[str], bool], depth: int = 0) -> Any:
    """The payload, its addresses left out.

    Args:
        value: any JSON.
        is_own: whether a path is a file of the visitor who asks.
        depth: of `value` in the whole.

    Raises:
        PageError: a file that is not the visitor's, an address, or nesting without end.
    """
    if depth > DEEPEST:
        raise PageError("error_request")
    if isinstance(value, list):
        return [check_payload(item, is_own, depth + 1) for item in value]
    if isinstance(value, dict):
        return _checked_object(value, is_own, depth)
    if isinstance(value, str) and _ADDRESS.match(value):
        raise PageError("error_address")
    return value


def _checked_object(value: dict[str, Any], is_own: Callable[[str], bool], depth: int) -> Any:
    checked = {}
    for key, item in value.items():
        if key == "path":
            if item is not None and not (isinstance(item, str) and is_own(item)):
                raise PageError("error_not_yours")
            checked[key] = item
        elif key == "url":
            checked[key] = None
        elif key in _NAMES and isinstance(item, str):
            checked[key] = item
        else:
            checked[key] = check_payload(item, is_own, depth + 1)
    return checked
