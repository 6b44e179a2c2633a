from __future__ import annotations

import pytest

from filmnet.web.routes import Route, find_route


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/", Route.PAGE),
        ("GET", "/assets/index-a.js", Route.STATIC),
        ("GET", "/gradio_api/info", Route.ABOUT),
        ("POST", "/gradio_api/upload", Route.UPLOAD),
        ("HEAD", "/gradio_api/file=/a/b.mp4", Route.FILE),
        ("POST", "/gradio_api/call/photos", Route.CALL),
        ("POST", "/gradio_api/call/v2/photos", Route.CALL),
        ("GET", "/gradio_api/call/photos/abc-1", Route.LISTEN),
        ("GET", "/gradio_api/queue/data", Route.LISTEN),
        ("POST", "/gradio_api/cancel", Route.CANCEL),
    ],
)
def test_what_the_page_needs_answers(method, path, route):
    assert find_route(method, path)[0] is route


def test_named_parts_are_found():
    assert find_route("GET", "/gradio_api/file=/a b")[1] == {"path": "/a b"}
    assert find_route("GET", "/gradio_api/heartbeat/s1")[1] == {"session": "s1"}
    assert find_route("GET", "/gradio_api/call/photos/e1")[1] == {"event": "e1"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://x.hf.space/"),
        ("GET", "/gradio_api/custom_component/a/client/b/c.js"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/api/photos"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/pwa_icon"),
        ("GET", "/assets/../../etc/passwd"),
        ("GET", "/static/.."),
        ("POST", "/gradio_api/call/_make"),
        ("POST", "/gradio_api/call/v2/nothing"),
        ("GET", "/docs"),
        ("PUT", "/gradio_api/upload"),
        ("DELETE", "/gradio_api/file=/a"),
        ("POST", "/"),
        ("TRACE", "/"),
        ("GET", ""),
        ("GET", "//"),
    ],
)
def test_everything_else_is_closed(method, path):
    assert find_route(method, path) is None
