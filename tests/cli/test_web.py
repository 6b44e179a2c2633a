from __future__ import annotations

import json
import signal
import sys

import pytest
from PIL import Image

import filmnet.cli.web as web_command
import filmnet.web.server as web_server
from page_serving import SECONDS, Visitor, as_file, server_process


@pytest.fixture
def settings(monkeypatch):
    """What the page would be served with."""
    served = []
    monkeypatch.setattr(web_server, "serve", lambda settings, tell: served.append(settings))
    return served


def test_by_default_it_is_for_this_computer_alone(run, settings):
    code, _, err = run("web")
    assert (code, err) == (0, "")
    (found,) = settings
    assert (found.host, found.port, found.share, found.accounts) == ("127.0.0.1", 7860, False, ())


def test_every_option_reaches_the_page(run, settings, tmp_path):
    accounts = tmp_path / "accounts"
    accounts.write_text("cy:three\n")
    limits = ["--max-upload", 5, "--max-megapixels", 2.5, "--max-frames", 7, "--max-minutes", 3]
    limits += ["--max-files", 4, "--max-queue", 6]
    access = ["--host", "0.0.0.0", "--port", 80, "--auth", "ann:one", "--auth", "bob:two"]
    access += ["--auth-file", accounts, "--root-path", "/film", "--share", "--folder", tmp_path]
    network = ["--weights", "small", "--device", "cpu", "--precision", "float32"]
    network += ["--memory", "2GB", "--tile", 256, "--optimize", "never", "--tta", 2]
    code, _, err = run("web", *limits, *access, *network)
    assert code == 0, err
    (found,) = settings
    assert (found.host, found.port, found.root_path) == ("0.0.0.0", 80, "/film")
    assert (found.share, found.folder) == (True, tmp_path)
    assert found.accounts == (("ann", "one"), ("bob", "two"), ("cy", "three"))
    assert list(vars(found.limits).values()) == [5_000_000, 2_500_000, 7, 3.0, 4, 6]
    expected = ["small", "cpu", "float32", "2GB", 256, "never", 2]
    assert list(vars(found.network).values()) == expected


def test_an_account_without_a_password_is_one_sentence(run, settings):
    code, _, err = run("web", "--auth", "ann")
    assert code == 2
    assert err == "Error: an account is written user:password, both not empty\n"
    assert settings == []


def test_a_missing_library_is_one_sentence(run, monkeypatch):
    monkeypatch.setattr(web_command, "find_spec", lambda name: None)
    code, _, err = run("web")
    assert code == 2
    assert err == ("Error: the page needs gradio, not installed here: pip install 'filmnet[web]'\n")


def test_weights_that_cannot_be_used_are_told_before_anybody_comes(run, tmp_path):
    code, _, err = run("web", "--port", 0, "--folder", tmp_path, "--weights", tmp_path / "none")
    assert code == 2
    assert "\nError: " in err
    assert "none" in err
    assert list(tmp_path.iterdir()) == []


def test_the_command_serves_until_it_is_told_to_end(tmp_path, tiny_weights):
    for k in range(2):
        Image.new("RGB", (64, 48), (80 * k + 20,) * 3).save(tmp_path / f"{k}.png")
    folder = tmp_path / "visitors"
    folder.mkdir()
    command = [sys.executable, "-m", "filmnet", "web", "--port", 0, "--folder", folder]
    with server_process([*command, "--weights", tiny_weights]) as (server, url):
        visitor = Visitor(url)
        paths = [as_file(path) for path in visitor.own(tmp_path / "0.png", tmp_path / "1.png")]
        event = visitor.call("photos", photos=paths, seconds=0.2, fps=20).json()["event_id"]
        kind, data = visitor.result("photos", event)[-1]
        assert kind == "complete", data
        (video,), status = json.loads(data)
        assert status["frames_done"] == 4
        assert visitor.file(video["path"]).content[4:8] == b"ftyp"
        visitor.http.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(SECONDS) == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
