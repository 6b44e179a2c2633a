"""The server as a whole: how it ends, who may come in, what stands behind a proxy."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from filmnet.errors import InputError
from filmnet.web.server import PageServer, open_site
from filmnet.web.settings import WebSettings
from filmnet.web.workspace import PREFIX
from page_serving import SECONDS, ServerProcess, Visitor, as_file, server_process

PROGRAM = """
import signal, sys, warnings
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a background job has not
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from page_serving import BlendingNetwork
from filmnet.cli.stopping import stop_signals
from filmnet.web.server import PageServer, open_site
from filmnet.web.settings import WebSettings

network = BlendingNetwork()
network.gate.clear()
with stop_signals() as stop:
    try:
        with open_site(WebSettings(port=0, folder=Path(sys.argv[2])), lambda: network) as site:
            server = PageServer(site)
            print(f"http://127.0.0.1:{server.address[1]}/", file=sys.stderr, flush=True)
            server.serve_until_told()
    except KeyboardInterrupt:
        sys.exit(stop.exit_code)
"""
"""A server whose jobs hang."""


@contextmanager
def hanging(folder: Path) -> Iterator[tuple[ServerProcess, str]]:
    """A server in a process of its own, whose jobs hang, and where it is."""
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[1]), str(folder)]
    with server_process(command) as (server, url):
        yield server, url


def begin(url: str, photos: list[Path]) -> tuple[Visitor, str]:
    """Ask for a video, and the event."""
    visitor = Visitor(url)
    paths = [as_file(path) for path in visitor.own(*photos)]
    return visitor, visitor.call("photos", photos=paths, seconds=0.5, fps=20).json()["event_id"]


def folders(path: Path) -> list[Path]:
    return sorted(path.glob(f"{PREFIX}*"))


def test_photos_become_a_video_by_plain_http(visitors, photos):
    visitor = visitors()
    paths = [as_file(path) for path in visitor.own(*photos())]
    event = visitor.call("photos", photos=paths, seconds=0.5, fps=20).json()["event_id"]
    kind, data = visitor.result("photos", event)[-1]
    assert kind == "complete"
    (video,), status = json.loads(data)
    assert status["state"] == "done"
    assert status["frames_done"] == 10
    answer = visitor.file(video["path"])
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"


def test_a_server_that_is_killed_offers_no_half_file_and_the_next_one_tidies_up(tmp_path, photos):
    with hanging(tmp_path) as (server, url):
        visitor, event = begin(url, photos())
        with visitor.http.stream("GET", f"/gradio_api/call/photos/{event}") as answer:
            lines = answer.iter_lines()
            rest = [next(lines)]
            server.send_signal(signal.SIGKILL)
            assert server.wait(SECONDS) == -signal.SIGKILL
            with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
                rest += lines
        visitor.http.close()
    assert "event: complete" not in rest
    (left,) = folders(tmp_path)
    assert not list(left.rglob("*.mp4"))
    with open_site(WebSettings(folder=tmp_path), lambda: None) as site:
        assert folders(tmp_path) == [site.context.workspace.root]


def test_ctrl_c_ends_it_without_a_word_though_a_job_hangs_and_somebody_listens(tmp_path, photos):
    with hanging(tmp_path) as (server, url):
        visitor, event = begin(url, photos())
        with visitor.http.stream("GET", f"/gradio_api/call/photos/{event}") as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("event: ")
            server.send_signal(signal.SIGINT)
            assert server.wait(SECONDS) == 128 + signal.SIGINT
        visitor.http.close()
    assert folders(tmp_path) == []
    assert server.told == []


def test_an_address_that_is_taken_is_one_sentence(page, tmp_path):
    _, port = page.url.rsplit(":", 1)
    settings = WebSettings(port=int(port), folder=tmp_path)
    with (
        open_site(settings, lambda: None) as site,
        pytest.raises(InputError, match=r"cannot be used .*choose another --port"),
    ):
        PageServer(site)
    assert folders(tmp_path) == []


ACCOUNTS = (("ann", "one"), ("bob", "two:2"))


@pytest.fixture
def guarded(serve, tmp_path):
    """A page for which one has to sign in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return serve(accounts=ACCOUNTS, folder=tmp_path)


def test_without_signing_in_nothing_can_be_done(guarded, photos):
    visitor = Visitor(guarded.url)
    assert visitor.upload(*photos()).status_code == 401
    assert visitor.call("photos", photos=[]).status_code == 401
    for path in ("config", "gradio_api/info", "gradio_api/queue/data?session_hash=a"):
        assert visitor.http.get(f"/{path}").status_code == 401, path
    assert visitor.file("/etc/passwd").status_code == 401
    assert "Make the video" not in visitor.http.get("/").text
    for user, password in (("ann", "two:2"), ("ann", ""), ("", ""), ("eve", "one")):
        form = {"username": user, "password": password}
        assert visitor.http.post("/login", data=form).status_code in (400, 422)
    visitor.http.close()


@pytest.mark.parametrize(("user", "password"), ACCOUNTS)
def test_who_signs_in_can_work(guarded, photos, user, password):
    visitor = Visitor(guarded.url)
    form = {"username": user, "password": password}
    assert visitor.http.post("/login", data=form).status_code == 200
    paths = [as_file(path) for path in visitor.own(*photos())]
    event = visitor.call("photos", photos=paths, seconds=0.2).json()["event_id"]
    assert visitor.result("photos", event)[-1][0] == "complete"
    visitor.http.close()


def test_the_client_signs_in(guarded, photos, tmp_path):
    downloads = str(tmp_path / "downloads")
    client = Client(guarded.url, auth=ACCOUNTS[0], verbose=False, download_files=downloads)
    files, _ = client.predict(
        [handle_file(str(path)) for path in photos()], seconds=0.2, api_name="/photos"
    )
    assert Path(files[0]).stat().st_size > 100
    client.close()


@pytest.mark.parametrize("stripped", [True, False])
def test_behind_a_proxy_addresses_have_its_path(serve, photos, tmp_path, stripped):
    """Whether or not the proxy takes the path away before it passes a request on."""
    served = serve(root_path="/film", folder=tmp_path)
    visitor = Visitor(served.url if stripped else f"{served.url}/film")
    assert visitor.http.get("/config").json()["root"].endswith("/film")
    assert visitor.http.get("/?lang=zh").headers["location"] == "/film/"
    cookie = httpx.get(f"{served.url}/config").headers["set-cookie"]
    assert "Path=/film;" in cookie
    visitor.http.cookies.clear()
    visitor.http.headers["cookie"] = cookie.split(";")[0]
    paths = [as_file(path) for path in visitor.own(*photos())]
    event = visitor.call("photos", photos=paths, seconds=0.2).json()["event_id"]
    assert visitor.result("photos", event)[-1][0] == "complete"
    visitor.http.close()
