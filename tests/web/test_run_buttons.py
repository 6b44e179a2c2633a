from __future__ import annotations

import asyncio

import gradio as gr
import pytest

from filmnet.errors import InputError
from filmnet.web.context import Asker
from filmnet.web.run_buttons import RunButtons
from page_serving import SECONDS

ASKER = Asker(visitor="one", language="en", session="page")


@pytest.fixture
def buttons():
    async def build():  # within a loop, since Gradio would leave loops of its own open
        with gr.Blocks(analytics_enabled=False):
            return RunButtons("test", "make_video")

    return asyncio.run(build())


def run(buttons, context, submit):
    """All updates of a run."""

    async def collect():
        running = buttons.run(
            context, ASKER, submit, lambda: {"view": "empty"}, lambda result: {"view": result}
        )
        return [updates async for updates in running]

    return asyncio.run(asyncio.wait_for(collect(), SECONDS))


def test_a_run_ends_with_its_result_and_a_button_to_start_again(buttons, page):
    context = page.site.context
    first, *_, last = run(buttons, context, lambda: context.queue.submit(lambda r, c: 7, "page"))
    assert first["view"] == "empty"
    assert (first[buttons.start]["interactive"], first[buttons.stop]["interactive"]) == (
        False,
        True,
    )
    assert last["view"] == 7
    assert (last[buttons.start]["interactive"], last[buttons.stop]["interactive"]) == (True, False)
    assert "Done." in last[buttons.status]


def test_what_is_refused_is_said_and_nothing_starts(buttons, page):
    def refuse():
        raise InputError("too dark")

    (only,) = run(buttons, page.site.context, refuse)
    assert only["view"] == "empty"
    assert "too dark" in only[buttons.status]
    assert 'role="alert"' in only[buttons.status]
    assert buttons.start not in only


def test_what_fails_is_said_and_shows_no_result(buttons, page):
    context = page.site.context

    def fail(report, cancel):
        raise InputError("too bright")

    *_, last = run(buttons, context, lambda: context.queue.submit(fail, "page"))
    assert "view" not in last
    assert "too bright" in last[buttons.status]
    assert last[buttons.start]["interactive"]
