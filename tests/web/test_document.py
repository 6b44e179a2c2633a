"""docs/web.md shows what is there, and its examples run as they are printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import av
import pytest
from PIL import Image

from filmnet.web.formats import FORMATS
from filmnet.web.settings import Limits
from page_serving import SECONDS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the two photos that the examples use."""
    for name, grey in (("one.jpg", 40), ("two.jpg", 90)):
        Image.new("RGB", (64, 48), (grey,) * 3).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def count_frames(path):
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_the_python_example_makes_a_video(page, here, capsys):
    example = block("python").replace("http://127.0.0.1:7860", page.url)
    names = {}
    try:
        exec(example, names)
        assert count_frames(names["files"][0]) == 15
        assert "Done." in capsys.readouterr().out
    finally:
        names["client"].close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_makes_a_video(page, here):
    example = block("bash").replace("http://127.0.0.1:7860", page.url)
    subprocess.run(["bash", "-euo", "pipefail", "-c", example], check=True, timeout=SECONDS)
    assert count_frames("clip.mp4") == 15


def test_the_table_of_endpoints_is_the_apis(page):
    described = page.site.gradio.get_blocks().get_api_info()["named_endpoints"]
    shown = {}
    for name, parameters in re.findall(r"^\| `(/\w+)` \| (.*) \|$", DOCUMENT, re.MULTILINE):
        shown[name] = dict(re.findall(r"`(\w+)`(?: \(([\w.]+)\))?", parameters))
    there = {}
    for name, endpoint in described.items():
        there[name] = {
            parameter["parameter_name"]: str(parameter["parameter_default"]).lower()
            if parameter["parameter_has_default"]
            else ""
            for parameter in endpoint["parameters"]
        }
    assert shown == there


def test_all_formats_are_named():
    (sentence,) = re.findall(
        r"^`format` is one of (.*?)\. Each", DOCUMENT, re.MULTILINE | re.DOTALL
    )
    assert re.findall(r"`(\w+)`", sentence) == list(FORMATS)


def test_the_table_of_limits_has_their_defaults():
    shown = dict(re.findall(r"^\| `--max-([\w-]+)` \| (\d+) \|", DOCUMENT, re.MULTILINE))
    limits = Limits()
    assert {name: int(value) for name, value in shown.items()} == {
        "upload": limits.upload_bytes // 1_000_000,
        "megapixels": limits.pixels // 1_000_000,
        "frames": limits.frames,
        "minutes": limits.minutes,
        "files": limits.files,
        "queue": limits.queue,
    }
