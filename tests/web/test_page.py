from __future__ import annotations

import pytest

from filmnet.web.texts import texts


@pytest.fixture(scope="module")
def config(page):
    return page.site.gradio.get_blocks().config


def of_kind(config, *kinds):
    return [part["props"] for part in config["components"] if part["type"] in kinds]


def key_of(text):
    """The key of a text that the browser translates."""
    return getattr(text, "key", None) or str(text).split('"key": "')[1].split('"')[0]


def test_there_are_three_tabs(config):
    assert [key_of(tab["label"]) for tab in of_kind(config, "tabitem")] == [
        *("tab_photos", "tab_video", "tab_insight"),
    ]


def test_every_control_has_a_line_of_help(config):
    controls = of_kind(config, "slider", "dropdown", "checkbox")
    assert len(controls) >= 13
    for control in controls:
        assert key_of(control["info"]) == f"{key_of(control['label'])}_help"


def test_every_text_is_of_the_locales(config):
    for props in of_kind(config, "slider", "dropdown", "checkbox", "file", "gallery", "video"):
        assert key_of(props["label"]) in texts("en")
    for props in of_kind(config, "button"):
        assert key_of(props["value"]) in texts("en")


def test_only_the_api_is_offered_to_programs(config):
    public = [f for f in config["dependencies"] if f["api_visibility"] == "public"]
    assert sorted(f["api_name"] for f in public) == ["insight", "photos", "video"]
