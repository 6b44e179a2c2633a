from __future__ import annotations

import asyncio
from types import SimpleNamespace

import gradio as gr
import pytest

from filmnet.web.guard import LANGUAGE, VISITOR
from filmnet.web.video_tab import VideoTab
from page_serving import SECONDS
from video_files import texture, write_clip

ANNS_REQUEST = SimpleNamespace(
    request=SimpleNamespace(scope={VISITOR: "ann", LANGUAGE: "zh"}), session_hash="page"
)


@pytest.fixture
def tab(page):
    async def build():  # within a loop, since Gradio would leave loops of its own open
        with gr.Blocks(analytics_enabled=False):
            return VideoTab(page.site.context)

    return asyncio.run(build())


@pytest.fixture
def clip(page):
    folder = page.site.context.workspace.new_folder("ann")
    return str(write_clip(folder / "a.mp4", [texture(k) for k in range(4)]))


def make(tab, file, smoother=2, slower=1):
    async def collect():
        values = (file, smoother, slower, True, False, "mp4", ANNS_REQUEST)
        return [updates async for updates in tab._make(*values)]

    return asyncio.run(asyncio.wait_for(collect(), SECONDS))


def test_a_video_is_made_and_shown(tab, clip):
    *_, last = make(tab, clip)
    assert last[tab.view.video]["visible"]
    assert last[tab.view.frame]["maximum"] == 8
    assert last[tab.view.before] is None
    assert "已完成：8 帧" in last[tab.buttons.status]


@pytest.mark.parametrize(
    ("file", "times", "words"),
    [
        (None, (2, 1), "请先选择一个视频。"),
        ("/etc/passwd", (2, 1), "不属于您"),
        ("clip", (1, 1), "不会改变"),
        ("clip", (8, 8), "这将有 256 帧，最多 200 帧"),
    ],
)
def test_what_cannot_be_done_is_said(tab, clip, file, times, words):
    (only,) = make(tab, clip if file == "clip" else file, *times)
    assert words in only[tab.buttons.status]
