"""From photos to a video that plays, and everything around it, in a browser."""

from __future__ import annotations

import zipfile
from contextlib import suppress

import av
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from page_driving import eventually

BLACKER, WHITER = 20, 220


@pytest.fixture
def pair(photos):
    """Photos of the plain greys 20 and 220."""
    first, second = photos(2)
    Image.new("RGB", (96, 64), (WHITER,) * 3).save(second)
    return first, second


def test_a_pair_becomes_a_video_that_plays(person, pair):
    person.add_photos(*pair)
    person.set_number("photos-seconds", 0.5)
    said = person.make("photos")
    assert "15 frames of 96×64, 0.50 s at 30 frames per second" in said

    video = person.find("photos-video", "video")
    frames = person.frames_of("photos-video", 15, 30)
    assert video.evaluate("video => video.duration") == pytest.approx(0.5, abs=0.034)
    expected = np.linspace(BLACKER, WHITER, 15)
    assert np.abs(np.array(frames) - expected).max() < 6  # H.264 rounds
    video.evaluate("video => video.play()")
    person.wait_for("() => document.querySelector('#photos-video video').currentTime > 0.1")


def test_frames_are_looked_at_compared_and_downloaded(person, pair, tmp_path):
    person.add_photos(*pair)
    person.set_number("photos-seconds", 0.5)
    person.make("photos")
    person.wait_for_grey("photos-look", BLACKER + 200 * 7 // 14)
    person.set_number("photos-frame", 2)
    person.wait_for_grey("photos-look", BLACKER + 200 // 14)
    person.wait_for_grey("photos-before", BLACKER)
    person.wait_for_grey("photos-after", WHITER)
    person.find("photos-frame", "input[type=range]").press("ArrowRight")
    person.wait_for_grey("photos-look", BLACKER + 2 * 200 // 14)

    with av.open(str(person.download("photos-file", tmp_path / "made.mp4"))) as made:
        assert sum(1 for _ in made.decode(video=0)) == 15
    person.find("photos-zip").click()
    person.find("photos-zip-file", "a[download]").wait_for()
    with zipfile.ZipFile(person.download("photos-zip-file", tmp_path / "frames.zip")) as archive:
        assert len(archive.namelist()) == 15


def test_photos_of_a_phone_are_taken(person, tmp_path):
    paths = [tmp_path / f"IMG {number}.HEIC" for number in range(2)]
    for path, grey in zip(paths, (60, 160), strict=True):
        pillow_heif.from_pillow(Image.new("RGB", (64, 64), (grey,) * 3)).save(path)
    person.add_photos(*paths)
    person.set_number("photos-seconds", 0.5)
    assert "15 frames of 64×64" in person.make("photos")
    assert person.frames_of("photos-video", 1, 30)[0] == pytest.approx(60, abs=6)


def test_the_example_is_one_click_away(person):
    person.take_example()
    assert person.find("photos-files", ".file-preview tr").count() == 2


def test_photos_are_moved_and_reversed(person, photos):
    person.add_photos(*photos(3))  # of grey 20, 60 and 100

    def greys():
        images = person.find("photos-order", "img")
        return [images.nth(k).get_attribute("src") for k in range(3)]

    first, second, third = greys()
    person.find("photos-order", "button").nth(2).click()
    for _ in range(3):  # a click that comes before the choice is known moves nothing
        person.find("photos-earlier").click()
        with suppress(AssertionError):
            eventually(lambda: greys() != [first, second, third], seconds=10)
            break
    assert greys() == [first, third, second]
    person.find("photos-swap").click()
    eventually(lambda: greys() == [second, third, first])
    person.find("photos-later").click()  # the first is chosen after a reversal
    eventually(lambda: greys() == [third, second, first])
    person.set_number("photos-seconds", 0.5)
    person.make("photos")
    frames = person.frames_of("photos-video", 15, 30)
    assert [frames[0], frames[7], frames[14]] == pytest.approx([100, 60, 20], abs=6)


def test_settings_are_followed(person, pair, tmp_path):
    person.add_photos(*pair)
    person.set_number("photos-seconds", 0.5)
    person.find("photos-more", "button").first.click()
    person.choose("photos-format", "GIF")
    person.choose("photos-fps", "12")
    person.find("photos-boomerang", "input").check()
    assert "10 frames" in person.make("photos")
    person.find("photos-image", "img").wait_for()
    with Image.open(person.download("photos-file", tmp_path / "made.gif")) as made:
        assert made.format == "GIF"
        assert made.n_frames == 10


def test_a_long_job_is_stopped(page, person, pair):
    def videos():
        return set(page.site.context.workspace.root.glob("*/*/*.mp4*"))

    earlier = videos()
    page.network.begun.clear()
    page.network.gate.clear()
    try:
        person.add_photos(*pair)
        made = page.network.made
        person.start("photos")
        assert page.network.begun.wait(45)
        person.find("photos-stop").click()
        eventually(lambda: all(t.cancel.is_wished for t in page.site.context.queue.tickets()))
    finally:
        page.network.gate.set()
    assert "Stopped." in person.status("photos", "stopped")
    eventually(lambda: not page.site.context.queue.tickets())
    assert page.network.made <= made + 1  # the frame that was being made
    assert videos() == earlier
    assert not person.find("photos-video", "video").is_visible()
    assert person.find("photos-start").is_enabled()


def test_a_video_is_made_smoother_and_slower(person, tmp_path):
    path = tmp_path / "clip.mp4"
    _write_video(path, [20, 60, 100, 140])
    person.go_to("video")
    person.upload("video-file", path)
    person.choose("video-slower", "2 ×")
    assert "at 20 frames per second" in (said := person.make("video"))
    assert "0.80 s" in said
    frames = person.frames_of("video-video", 5, 20)
    assert frames == sorted(frames)
    assert frames[4] == pytest.approx(60, abs=8)


def test_what_the_network_saw_is_shown(person, pair):
    person.go_to("insight")
    person.upload("insight-files", *pair)
    assert "Confidence 90 %" in person.make("insight")
    person.wait_for_grey("insight-warped0", BLACKER)
    person.wait_for_grey("insight-warped1", WHITER)
    person.wait_for_grey("insight-made", (BLACKER + WHITER) // 2)
    person.wait_for_grey("insight-agreement", 255)
    assert person.colour("insight-flow_01") != person.colour("insight-flow_10")


def _write_video(path, greys):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for grey in greys:
            picture = np.full((48, 64, 3), grey, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
