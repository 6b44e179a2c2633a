from __future__ import annotations

import asyncio
from fractions import Fraction

import gradio as gr
import numpy as np
import pytest

from filmnet.media import open_output
from filmnet.web.photos_tab import PhotosTab
from filmnet.web.results import MadeVideo


@pytest.fixture
def view(page):
    async def build():  # within a loop, since Gradio would leave loops of its own open
        with gr.Blocks(analytics_enabled=False):
            return PhotosTab(page.site.context).view

    return asyncio.run(build())


@pytest.fixture
def made(tmp_path):
    def make(extension, shown):
        path = tmp_path / f"a{extension}"
        with open_output(str(path), size=(64, 64), fps=Fraction(25)) as output:
            for k in range(5):
                output.write(np.full((64, 64, 3), 20 * k, np.uint8))
        photos = (tmp_path / "one.jpg", tmp_path / "two.jpg")
        return MadeVideo(
            file=path,
            shown=shown,
            frames=5,
            fps=Fraction(25),
            size=(64, 64),
            seconds_elapsed=1,
            photos=photos,
            photo_frames=(0, 4),
        )

    return make


@pytest.mark.parametrize(
    ("extension", "shown", "video", "image"),
    [
        (".mp4", "video", True, False),
        (".gif", "image", False, True),
        (".mkv", "none", False, False),
    ],
)
def test_what_a_browser_plays_is_played_and_all_can_be_downloaded(
    view, made, extension, shown, video, image
):
    updates = view.show(made(extension, shown))
    assert (updates[view.video]["visible"], updates[view.image]["visible"]) == (video, image)
    assert updates[view.file]["visible"]
    assert updates[view.file]["value"].endswith(extension)


def test_the_middle_frame_stands_between_its_photos(view, made):
    updates = view.show(made(".mp4", "video"))
    assert updates[view.frame] | {"minimum": 1, "maximum": 5, "value": 3} == updates[view.frame]
    assert updates[view.before].endswith("one.jpg")
    assert updates[view.look].endswith("000002.jpg")
    assert updates[view.after].endswith("two.jpg")


def test_clearing_takes_everything_off_but_what_to_do(view):
    updates = view.clear()
    assert updates[view.result] is None
    shown = {k: v for k, v in updates.items() if isinstance(v, dict) and v.get("visible")}
    assert list(shown) == [view.empty]
    assert set(updates) <= set(view.components)
