"""The HTTP API, asked by Gradio's own client and by plain requests."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from filmnet.web.routes import ENDPOINTS
from page_serving import SECONDS, Visitor, as_file
from video_files import texture, write_clip


@pytest.fixture
def client(page, tmp_path):
    made = Client(page.url, verbose=False, download_files=str(tmp_path / "downloads"))
    yield made
    made.close()


def handles(paths):
    return [handle_file(str(path)) for path in paths]


def until(is_so):
    """Wait until something is so."""
    for _ in range(20 * SECONDS):
        if is_so():
            return True
        threading.Event().wait(0.05)
    return False


def first_grey(path):
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return len(frames), float(np.mean(frames[0]))


def test_photos_become_a_video(client, photos):
    files, status = client.predict(handles(photos()), seconds=0.5, fps=20, api_name="/photos")
    (path,) = files
    assert first_grey(path)[0] == 10
    assert (status["state"], status["frames_done"]) == ("done", 10)


def test_progress_comes_while_it_works(page, client, photos):
    page.network.gate.clear()
    page.network.begun.clear()
    job = client.submit(handles(photos()), seconds=0.5, fps=20, api_name="/photos")
    try:
        assert until(lambda: any(status["state"] == "running" for _, status in job.outputs()))
    finally:
        page.network.gate.set()
    files, _ = job.result(timeout=SECONDS)
    assert all(files == [] for files, status in job.outputs() if status["state"] != "done")
    assert len(files) == 1


def test_a_video_becomes_smoother(client, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", [texture(k) for k in range(4)])
    files, _ = client.predict(handle_file(str(clip)), smoother=2, api_name="/video")
    assert first_grey(files[0])[0] == 8


def test_a_pair_can_be_looked_into(client, photos):
    files, status = client.predict(handles(photos()), instant=0.25, api_name="/insight")
    assert len(files) == 6
    for path in files:
        with Image.open(path) as image:
            assert image.size == (96, 64)
    assert status["state"] == "done"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 30}, "That would be 900 frames, and 200 is the most"),
        ({"loop": True, "boomerang": True}, "two ways back"),
        ({"format": "exe"}, "There is no format exe"),
        ({"fps": 0}, "fps is 0"),
    ],
)
def test_a_refusal_is_one_sentence(client, photos, options, message):
    with pytest.raises(AppError, match=message):
        client.predict(handles(photos()), **options, api_name="/photos")


def test_one_photo_is_too_few(client, photos):
    with pytest.raises(AppError, match="Two photos or more are needed"):
        client.predict(handles(photos(1)), api_name="/photos")


@pytest.mark.parametrize(
    "values",
    [
        {"photos": "x"},
        {"photos": None},
        {"photos": [1, 2]},
        {"photos": [{}, {}]},
        {"photos": [[], []]},
        {"photos": [], "seconds": "2"},
        {"photos": [], "fps": None},
        {"photos": [], "hold": [1]},
        {"photos": [], "seconds": True},
    ],
)
def test_values_of_another_kind_are_one_sentence(visitors, values):
    visitor = visitors()
    event = visitor.call("photos", **values).json()["event_id"]
    kind, data = visitor.result("photos", event)[-1]
    assert kind == "error"
    assert "Traceback" not in data
    assert json.loads(data)["error"].endswith(".")


def test_a_job_of_the_client_can_be_cancelled(page, client, photos):
    page.network.gate.clear()
    page.network.begun.clear()
    job = client.submit(handles(photos()), seconds=2, fps=20, api_name="/photos")
    assert page.network.begun.wait(SECONDS)
    (ticket,) = page.site.context.queue.tickets()
    job.cancel()
    page.network.gate.set()
    assert ticket.ended.wait(SECONDS)
    assert ticket.state == "stopped"


def test_a_page_that_is_closed_takes_its_job_along(page, visitors, photos):
    """A browser holds a stream open while its page is; when that ends, the page has gone."""
    visitor = visitors()
    page.network.gate.clear()
    page.network.begun.clear()
    try:
        with visitor.http.stream("GET", "/gradio_api/heartbeat/mypage") as heartbeat:
            lines = heartbeat.iter_lines()  # whose end would close the stream
            assert next(lines) == "data: ALIVE"
            paths = [as_file(path) for path in visitor.own(*photos())]
            data = [paths, 2.0, 20.0, False, False, 0.0, "mp4"]
            body = {"data": data, "session_hash": "mypage"}
            assert visitor.http.post("/gradio_api/call/photos", json=body).status_code == 200
            assert page.network.begun.wait(SECONDS)
            (ticket,) = page.site.context.queue.tickets()
        assert until(lambda: ticket.cancel.is_wished)
    finally:
        page.network.gate.set()
    assert ticket.ended.wait(SECONDS)
    assert ticket.state == "stopped"


def test_no_half_file_is_left_of_a_stopped_job(page, visitors, photos):
    visitor = visitors()
    (before,) = {len(list(page.site.context.workspace.root.rglob("*.mp4")))}
    page.network.gate.clear()
    page.network.begun.clear()
    paths = [as_file(path) for path in visitor.own(*photos())]
    event = visitor.call("photos", photos=paths).json()["event_id"]
    assert page.network.begun.wait(SECONDS)
    (ticket,) = page.site.context.queue.tickets()
    page.site.context.queue.stop(ticket)
    page.network.gate.set()
    kind, data = visitor.result("photos", event)[-1]
    assert (kind, json.loads(data)["error"]) == ("error", "Stopped.")
    root = page.site.context.workspace.root
    assert len(list(root.rglob("*.mp4"))) == before
    assert not list(root.rglob("*.part*"))


def test_ten_visitors_at_once_all_get_their_own_video(page, tmp_path):
    def ask(number):
        visitor = Visitor(page.url)
        names = [tmp_path / f"{number}_{k}.png" for k in range(2)]
        for path in names:
            Image.new("L", (64, 64), 20 * number + 20).convert("RGB").save(path)
        paths = [as_file(path) for path in visitor.own(*names)]
        event = visitor.call("photos", photos=paths, seconds=0.4, fps=20).json()["event_id"]
        kind, data = visitor.result("photos", event)[-1]
        assert kind == "complete", data
        target = tmp_path / f"{number}.mp4"
        target.write_bytes(visitor.file(json.loads(data)[0][0]["path"]).content)
        visitor.http.close()
        return target

    with ThreadPoolExecutor(10) as pool:
        videos: list[Path] = list(pool.map(ask, range(10), timeout=2 * SECONDS))
    for number, video in enumerate(videos):
        frames, grey = first_grey(video)
        assert frames == 8
        assert abs(grey - (20 * number + 20)) < 4


def test_a_full_queue_is_one_sentence(page, visitors, photos):
    visitor, queue = visitors(), page.site.context.queue
    paths = [as_file(path) for path in visitor.own(*photos())]
    page.network.gate.clear()
    page.network.begun.clear()
    try:
        visitor.call("photos", photos=paths, seconds=0.2)
        assert page.network.begun.wait(SECONDS)
        for _ in range(12):
            visitor.call("photos", photos=paths, seconds=0.2)
        assert until(lambda: len(queue.tickets()) == 13)
        event = visitor.call("photos", photos=paths, seconds=0.2).json()["event_id"]
        kind, data = visitor.result("photos", event)[-1]
        assert kind == "error"
        assert json.loads(data)["error"].startswith("12 jobs are waiting already")
    finally:
        page.network.gate.set()
    assert until(lambda: queue.tickets() == [])


def test_an_error_of_ours_tells_nothing_of_the_inside(visitors):
    """The page's own functions can be asked by anybody, with anything."""
    visitor = visitors()
    config = visitor.http.get("/config").json()
    for function in config["dependencies"]:
        number = function["id"]
        for data in ([], [None] * len(function["inputs"]), [{"a": 1}] * len(function["inputs"])):
            session = f"probe{number}x{len(data)}"
            body = {"data": data, "fn_index": number, "session_hash": session}
            answer = visitor.http.post("/gradio_api/queue/join", json=body)
            if answer.status_code != 200:
                continue
            with visitor.http.stream(
                "GET", "/gradio_api/queue/data", params={"session_hash": session}
            ) as stream:
                text = "\n".join(stream.iter_lines())
            assert "process_completed" in text
            assert "Traceback" not in text
            assert "/site-packages/" not in text


def test_only_the_jobs_are_offered(visitors):
    info = visitors().http.get("/gradio_api/info").json()
    assert sorted(info["named_endpoints"]) == sorted(f"/{name}" for name in ENDPOINTS)
    assert info["unnamed_endpoints"] == {}
