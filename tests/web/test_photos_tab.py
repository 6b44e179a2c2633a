from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace

import gradio as gr
import pytest

from filmnet.web.context import Asker
from filmnet.web.guard import LANGUAGE, VISITOR
from filmnet.web.photos_tab import PhotosTab
from page_serving import SECONDS

ANN = Asker(visitor="ann", language="en", session="page")


@pytest.fixture
def tab(page):
    async def build():  # within a loop, since Gradio would leave loops of its own open
        with gr.Blocks(analytics_enabled=False):
            return PhotosTab(page.site.context)

    return asyncio.run(build())


@pytest.fixture
def request_of_ann():
    """What Gradio gives a function, as far as it is used."""
    scope = {VISITOR: "ann", LANGUAGE: "en"}
    return SimpleNamespace(request=SimpleNamespace(scope=scope), session_hash="page")


@pytest.fixture
def uploaded(page, photos):
    """Three photos of ann, as the page names them."""
    paths = []
    for photo in photos(3):
        target = page.site.context.workspace.new_folder("ann") / photo.name
        shutil.copyfile(photo, target)
        paths.append(str(target))
    return paths


def test_photos_are_shown_in_order(tab, uploaded, request_of_ann):
    gallery, moves, chosen = tab._show_order(uploaded, request_of_ann)
    assert [caption for _, caption in gallery["value"]] == ["1", "2", "3"]
    assert (gallery["visible"], moves["visible"], chosen) == (True, True, 0)


def test_without_photos_there_is_nothing_to_move(tab, request_of_ann):
    gallery, moves, _ = tab._show_order(None, request_of_ann)
    assert (gallery["visible"], moves["visible"]) == (False, False)


def test_the_chosen_photo_moves_and_stays_chosen(tab, uploaded, request_of_ann):
    one, two, three = uploaded
    order, gallery, _, chosen = tab._move_later(uploaded, 0, request_of_ann)
    assert (order, chosen, gallery["selected_index"]) == ([two, one, three], 1, 1)
    order, _, _, chosen = tab._move_earlier(order, 1, request_of_ann)
    assert (order, chosen) == (uploaded, 0)


@pytest.mark.parametrize("chosen", [-1, 0, 99])
def test_at_an_end_nothing_moves(tab, uploaded, request_of_ann, chosen):
    order, _, _, still = tab._move_earlier(uploaded, chosen, request_of_ann)
    assert (order, still) == (uploaded, chosen)


def test_the_order_is_reversed(tab, uploaded, request_of_ann):
    assert tab._swap(uploaded, request_of_ann)[0] == uploaded[::-1]


def test_the_example_is_anns_own(tab, page, request_of_ann):
    paths = tab._take_example(request_of_ann)
    assert len(page.site.context.own_files(ANN, paths)) == 2


def test_a_video_is_made_and_shown(tab, uploaded, request_of_ann):
    async def make():
        values = (uploaded, 0.5, 20, False, False, 0.0, "mp4", request_of_ann)
        return [updates async for updates in tab._make(*values)]

    *_, last = asyncio.run(asyncio.wait_for(make(), SECONDS))
    assert last[tab.view.video]["visible"]
    assert last[tab.view.frame]["maximum"] == 10
    assert "10 frames of 96×64" in last[tab.buttons.status]
    assert last[tab.view.before] != last[tab.view.after]


def test_a_limit_is_said_in_place_of_the_result(tab, uploaded, request_of_ann):
    async def make():
        values = (uploaded, 30, 60, False, False, 0.0, "mp4", request_of_ann)
        return [updates async for updates in tab._make(*values)]

    (only,) = asyncio.run(asyncio.wait_for(make(), SECONDS))
    assert "That would be 1800 frames, and 200 is the most" in only[tab.buttons.status]
