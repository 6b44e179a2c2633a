"""A script that must run before Gradio's own: Gradio adds its `head` only once it has begun.

The browser's language decides on Gradio's words and on ours; the switch on the page, which leaves
a cookie, overrules it.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

SCRIPT = b"""<script>
(() => {
  const chosen = document.cookie.match(/(?:^|; )filmnet_language=(en|zh)/);
  const language = chosen ? { en: "en", zh: "zh-CN" }[chosen[1]] : navigator.language;
  if (chosen) {
    Object.defineProperty(navigator, "language", { get: () => language });
    Object.defineProperty(navigator, "languages", { get: () => [language] });
  }
})();
</script>
"""
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
        whole = bytes(page).replace(_PLACE, _PLACE + SCRIPT, 1)
        headers = MutableHeaders(raw=start[0]["headers"])
        if page:  # a HEAD request has none
            headers["content-length"] = str(len(whole))
        await send(start[0])
        await send({"type": "http.response.body", "body": whole})

    return sending
