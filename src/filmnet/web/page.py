"""The page as a whole: head, three tabs, API."""

from __future__ import annotations

import gradio as gr

from filmnet.web.api import add_api
from filmnet.web.context import PageContext
from filmnet.web.insight_tab import InsightTab
from filmnet.web.labels import label
from filmnet.web.photos_tab import PhotosTab
from filmnet.web.video_tab import VideoTab

SWITCH = """
<nav class="languages">
<a href="./?lang=en" lang="en" hreflang="en">English</a> ·
<a href="./?lang=zh" lang="zh-CN" hreflang="zh-CN">中文</a>
</nav>
"""


def build_page(context: PageContext) -> gr.Blocks:
    """Build the page."""
    page = gr.Blocks(title="filmnet", analytics_enabled=False)
    with page:
        with gr.Row(elem_classes="head"):
            gr.Markdown(label("title"), elem_id="title")
            gr.HTML(SWITCH, elem_id="languages")
        with gr.Tabs():
            with gr.Tab(label("tab_photos"), id="photos", elem_id="tab-photos"):
                PhotosTab(context)
            with gr.Tab(label("tab_video"), id="video", elem_id="tab-video"):
                VideoTab(context)
            with gr.Tab(label("tab_insight"), id="insight", elem_id="tab-insight"):
                InsightTab(context)
        add_api(context)
    page.queue(default_concurrency_limit=None, api_open=False, max_size=None)
    return page
