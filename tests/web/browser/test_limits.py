"""What is too much is told in a sentence of ours, in the visitor's language."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from filmnet.web.settings import Limits, WebSettings
from page_driving import WAIT_SECONDS, eventually


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    """A page that takes little; a job has no time at all."""
    limits = Limits(
        upload_bytes=200_000, pixels=20_000, frames=40, files=3, queue=1, minutes=0.0001
    )
    return WebSettings(port=0, folder=tmp_path_factory.mktemp("small"), limits=limits)


@contextmanager
def busy(queue, jobs):
    """Other people's jobs, of which the first runs."""
    end, begun = threading.Event(), threading.Event()

    def work(report, cancel):
        begun.set()
        end.wait(2 * WAIT_SECONDS)

    tickets = []
    try:
        for k in range(jobs):
            tickets.append(queue.submit(work, f"somebody {k}"))
            assert begun.wait(WAIT_SECONDS)
        yield tickets
    finally:
        end.set()
        for ticket in tickets:
            assert ticket.ended.wait(WAIT_SECONDS)


def refusal(person, *files):
    """What the page says to an upload."""
    person.find("photos-files", "input[type=file]").set_input_files(list(files))
    notice = person.page.get_by_test_id("toast-text").first
    notice.wait_for()
    return notice.inner_text()


def test_too_large_an_upload(people, tmp_path):
    path = tmp_path / "noise.png"
    noise = np.random.default_rng(0).integers(0, 255, (700, 700, 3), np.uint8)
    Image.fromarray(noise).save(path)
    assert refusal(people(), path) == "One upload may have 0.2 MB; choose smaller files."
    assert refusal(people("zh"), path) == "一次最多上传 0.2 MB；请选择更小的文件。"


def test_too_many_pixels(person, photos):
    said = refusal(person, *photos(1, (200, 150)))
    assert said == "photo 0.png has 200×150 pixels, more than 0.02 megapixels; make it smaller."


def test_too_many_files(person, photos):
    said = refusal(person, *photos(4))
    assert said == "At most 3 files are taken at once; choose fewer."


def test_no_photo(person, tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("not a picture")
    assert refusal(person, path).startswith("letter.png is neither a photo (JPEG,")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "That would be 60 frames, and 40 is the most; choose a shorter length"),
        ("zh", "这将有 60 帧，最多 40 帧；请缩短时长或降低每秒帧数。"),
    ],
)
def test_too_many_frames(people, photos, language, sentence):
    person = people(language, size=(390, 844))
    person.add_photos(*photos())
    person.start("photos")
    assert person.status("photos", "error").startswith(sentence)
    assert person.find("photos-start").is_enabled()


def test_too_long(person, photos):
    person.add_photos(*photos())
    person.set_number("photos-seconds", 0.5)
    person.start("photos")
    said = person.status("photos", "error")
    assert said.startswith("This took longer than 0.0001 minutes and was stopped;")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "1 jobs are waiting already; try again in a few minutes."),
        ("zh", "已有 1 个任务在等待；请几分钟后再试。"),
    ],
)
def test_a_full_queue(page, people, photos, language, sentence):
    person = people(language)
    person.add_photos(*photos())
    person.set_number("photos-seconds", 0.5)
    with busy(page.site.context.queue, 2):
        person.start("photos")
        assert person.status("photos", "error") == sentence


def test_who_waits_knows_the_place_and_is_forgotten_when_gone(page, person, photos):
    person.add_photos(*photos())
    person.set_number("photos-seconds", 0.5)
    queue = page.site.context.queue
    with busy(queue, 1):
        person.start("photos")
        assert person.status("photos", "waiting") == "Waiting: 1 before you."
        assert len(queue.tickets()) == 2
        person.page.close()
        eventually(lambda: len(queue.tickets()) == 1)
