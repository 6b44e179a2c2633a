"""Several people at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import av
import pytest
from gradio_client import Client, handle_file
from PIL import Image

PROGRAMS = 8


def grey_pair(folder, grey):
    folder.mkdir()
    paths = [folder / "one.png", folder / "two.png"]
    for path in paths:
        Image.new("RGB", (64, 48), (grey,) * 3).save(path)
    return paths


def by_program(url, folder, grey):
    """Make a video as a program does; its frames and the grey of the first."""
    client = Client(url, download_files=folder, verbose=False, analytics_enabled=False)
    try:
        photos = [handle_file(path) for path in grey_pair(folder / "in", grey)]
        job = client.submit(photos=photos, seconds=0.5, fps=12, api_name="/photos")
        job.result(timeout=90)
        (made,), status = job.outputs()[-1]
        assert status["state"] == "done"
        with av.open(made) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return len(frames), int(frames[0][20, 20, 0])
    finally:
        client.close()


def test_ten_at_once_get_what_is_theirs(page, people, tmp_path):
    greys = [20 + 22 * k for k in range(PROGRAMS + 2)]
    for grey in greys:
        (tmp_path / str(grey)).mkdir()
    two = [people(), people("zh", size=(390, 844))]
    for person, grey in zip(two, greys[-2:], strict=True):
        person.add_photos(*grey_pair(tmp_path / str(grey) / "in", grey))
        person.set_number("photos-seconds", 0.5)
    page.network.gate.clear()
    with ThreadPoolExecutor(PROGRAMS) as pool:
        try:
            made = [
                pool.submit(by_program, page.url, tmp_path / str(grey), grey)
                for grey in greys[:PROGRAMS]
            ]
            for person in two:
                person.start("photos")
        finally:
            page.network.gate.set()
        for person, grey in zip(two, greys[-2:], strict=True):
            person.status("photos", "done")
            assert person.frames_of("photos-video", 15, 30) == pytest.approx([grey] * 15, abs=5)
        for program, grey in zip(made, greys, strict=False):
            frames, shown = program.result(timeout=120)
            assert frames == 6
            assert shown == pytest.approx(grey, abs=5)
