from __future__ import annotations

import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest

from filmnet.web.guard import LANGUAGE, VISITOR
from filmnet.web.insight_tab import InsightTab
from page_serving import SECONDS

ANNS_REQUEST = SimpleNamespace(
    request=SimpleNamespace(scope={VISITOR: "ann", LANGUAGE: "en"}), session_hash="page"
)


@pytest.fixture
def tab(page):
    async def build():  # within a loop, since Gradio would leave loops of its own open
        with gr.Blocks(analytics_enabled=False):
            return InsightTab(page.site.context)

    return asyncio.run(build())


def look(tab, files):
    async def collect():
        return [updates async for updates in tab._look(files, 0.5, ANNS_REQUEST)]

    return asyncio.run(asyncio.wait_for(collect(), SECONDS))


def test_a_pair_is_shown_with_its_confidence(tab):
    *_, last = look(tab, tab._take_example(ANNS_REQUEST))
    assert last[tab.seen]["visible"]
    assert all(last[picture].endswith(".jpg") for picture in tab.pictures)
    assert "90 %" in last[tab.buttons.status]


def test_one_photo_is_no_pair(tab):
    (only,) = look(tab, tab._take_example(ANNS_REQUEST)[:1])
    assert "Exactly two photos are needed" in only[tab.buttons.status]
