from __future__ import annotations

import asyncio
import json
import re

from filmnet.web.first_script import GRADIO_WORDS, ask_for_plain, script, with_script
from filmnet.web.texts import texts


def sent(*bodies):
    """What leaves when an application sends a page in parts."""
    messages = []

    async def send(message):
        messages.append(message)

    async def run():
        sending = with_script(send)
        size = sum(map(len, bodies))
        headers = [(b"content-length", str(size).encode())]
        await sending({"type": "http.response.start", "status": 200, "headers": headers})
        for number, body in enumerate(bodies, 1):
            more = number < len(bodies)
            await sending({"type": "http.response.body", "body": body, "more_body": more})

    asyncio.run(run())
    start, body = messages
    return dict(start["headers"]), body["body"]


def test_the_script_stands_before_all_others():
    headers, page = sent(b"<html><he", b"ad><script src=a>", b"</script>")
    assert page == b"<html><head>" + script() + b"<script src=a></script>"
    assert headers[b"content-length"] == str(len(page)).encode()


def test_an_answer_to_head_keeps_its_length():
    headers, page = sent(b"")
    assert page == b""
    assert headers[b"content-length"] == b"0"


def test_the_page_is_asked_for_as_it_is():
    scope = {"headers": [(b"accept-encoding", b"br"), (b"accept", b"*/*")]}
    ask_for_plain(scope)
    assert scope["headers"] == [(b"accept", b"*/*")]


def test_the_script_has_gradios_words_in_every_language():
    (words,) = re.findall(rb"WORDS = (\{.*\});", script())
    for language, table in json.loads(words).items():
        assert [theirs for theirs, _ in table] == list(GRADIO_WORDS)
        assert [ours for _, ours in table] == [texts(language)[k] for k in GRADIO_WORDS.values()]


def test_what_varies_in_gradios_words_is_kept():
    for theirs, key in GRADIO_WORDS.items():
        assert set(re.findall(r"{(\d)}", texts("en")[key])) == {
            str(number) for number in range(theirs.count("{}"))
        }
