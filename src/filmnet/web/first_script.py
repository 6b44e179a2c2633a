"""A script that must run before Gradio's own: Gradio adds its `head` only once it has begun.

The browser's language decides on Gradio's words and on ours; the switch on the page, which leaves
a cookie, overrules it. Words that Gradio has in English alone, most of them for screen readers,
are replaced as they appear.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from filmnet.web.texts import LANGUAGES, texts

GRADIO_WORDS = {
    "Click to upload or drop files": "word_upload",
    "common.upload": "word_upload",
    "Remove this file": "word_remove",
    "Reset to default value": "word_reset",
    "number input for {}": "word_number",
    "range slider for {}": "word_slider",
    "Thumbnail {} of {}": "word_thumbnail",
    "Fullscreen": "word_full_screen",
    "full-screen": "word_full_screen",
    "play-pause-replay-button": "word_play",
    "Adjust volume": "word_volume",
    "Close": "word_close",
    "Error": "word_error",
    "Connection errored out.": "word_lost",
}
"""Gradio's words, `{}` for what varies, and the keys of ours."""


@cache
def script() -> bytes:
    """The script as an element of the page's head."""
    words = {
        language: [(theirs, texts(language)[key]) for theirs, key in GRADIO_WORDS.items()]
        for language in LANGUAGES
    }
    source = (files("filmnet.web") / "first_script.js").read_text(encoding="utf-8")
    return f"<script>\n{source.replace('__WORDS__', json.dumps(words))}</script>\n".encode()


_PLACE = b"<head>"


def ask_for_plain(scope: Scope) -> None:
    """Have the page sent as it is, not compressed, so that something can be added."""
    headers = MutableHeaders(scope=scope)
    del headers["accept-encoding"]


def with_script(send: Send) -> Send:
    """Add the script to a page that is sent."""
    start: list[Message] = []
    page = bytearray()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        page.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        whole = bytes(page).replace(_PLACE, _PLACE + script(), 1)
        headers = MutableHeaders(raw=start[0]["headers"])
        if page:  # a HEAD request has none
            headers["content-length"] = str(len(whole))
        await send(start[0])
        await send({"type": "http.response.body", "body": whole})

    return sending
