"""How the page looks and speaks: widths, languages, light and dark, keyboard, screen readers."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from page_driving import TABS

LAPTOP, PHONE, SMALL_PHONE = (1280, 800), (390, 844), (360, 740)
HEAVY = ("serious", "critical")

WORDS = re.compile(r"[A-Za-z]{2,}")
SAME_IN_ALL_LANGUAGES = {
    *("filmnet", "English", "PNG", "ZIP", "KB", "MB", "JPEG", "HEIC"),
    *("MP", "WebM", "AV", "GIF", "WebP", "APNG", "MOV", "MKV", "HEVC", "VP", "ProRes"),
}

FILE_NAME = re.compile(r"(?:photo \d|frames|filmnet)\s*\.\w{3,4}\b")

SAID = """() => {
  const said = [document.title, document.body.innerText];
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "alt", "placeholder", "aria-valuetext"])
      if (element.hasAttribute(name)) said.push(element.getAttribute(name));
  }
  return said;
}"""


def heavy_violations(person):
    """What axe-core finds that keeps people out, with where."""
    found = Axe().run(person.page).response["violations"]
    return [
        (rule["id"], [node["html"][:200] for node in rule["nodes"]][:3])
        for rule in found
        if rule["impact"] in HEAVY
    ]


def english_words(person):
    """What a Chinese visitor sees or hears in English, file names apart."""
    said = [re.sub(FILE_NAME, " ", text) for text in person.page.evaluate(SAID)]
    return {
        line.strip()
        for text in said
        for line in text.splitlines()
        if set(WORDS.findall(line)) - SAME_IN_ALL_LANGUAGES
    }


def fill(person, photos):
    """A result in each tab that makes one of photos."""
    person.add_photos(*photos)
    person.set_number("photos-seconds", 0.5)
    person.make("photos")
    person.find("photos-look", "img").wait_for()
    person.go_to("insight")
    person.upload("insight-files", *photos)
    person.make("insight")
    person.find("insight-agreement", "img").wait_for()
    person.go_to("photos")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, SMALL_PHONE])
def test_nothing_keeps_people_out(people, photos, scheme, size):
    person = people(scheme=scheme, size=size)
    for tab in TABS:
        person.go_to(tab)
        assert heavy_violations(person) == [], f"{tab}, idle"
    person.go_to("photos")
    fill(person, photos())
    person.find("photos-more", "button").first.click()
    for tab in ("photos", "insight"):
        person.go_to(tab)
        assert heavy_violations(person) == [], f"{tab}, with a result"
    person.go_to("video")
    person.start("video")
    person.status("video", "error")
    assert heavy_violations(person) == [], "an error"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE, SMALL_PHONE])
def test_nothing_is_wider_than_the_window(people, photos, language, size):
    person = people(language=language, size=size)
    fill(person, photos())
    person.find("photos-more", "button").first.click()
    for tab in TABS:
        person.go_to(tab)
        assert person.sideways() <= 0, tab


def test_the_chinese_page_is_chinese(people, photos):
    person = people(language="zh")
    for tab in TABS:
        person.go_to(tab)
        assert english_words(person) == set(), f"{tab}, idle"
        person.start(tab)
        person.status(tab, "error")
        assert english_words(person) == set(), f"{tab}, an error"
    person.go_to("photos")
    fill(person, photos())
    person.find("photos-more", "button").first.click()
    for tab in ("photos", "insight"):
        person.go_to(tab)
        assert english_words(person) == set(), f"{tab}, with a result"
    assert person.page.evaluate("document.documentElement.lang") == "zh-CN"


def test_the_switch_overrules_the_browser(people):
    person = people(language="en")
    person.page.get_by_role("link", name="中文").click()
    person.find("photos-start").wait_for()
    assert person.find("photos-start").inner_text() == "生成视频"
    person.start("photos")
    assert person.status("photos", "error") == "需要两张或更多照片；请添加。"
    person.page.get_by_role("link", name="English").click()
    person.page.get_by_role("button", name="Make the video").first.wait_for()


def test_a_video_is_made_with_the_keyboard_alone(person):
    person.page.keyboard.press("Tab")
    person.tab_to("#photos-example")
    person.page.keyboard.press("Enter")
    person.find("photos-order", "img").nth(1).wait_for()
    person.tab_to("#photos-seconds input[type=range]")
    person.page.keyboard.press("Home")
    person.tab_to("#photos-start")
    person.page.keyboard.press("Enter")
    assert "15 frames" in person.status("photos", "done")
    person.tab_to("#photos-frame input[type=range]")
    shown = person.find("photos-look", "img")
    shown.wait_for()
    before = shown.get_attribute("src")
    person.page.keyboard.press("ArrowRight")
    person.wait_for("before => document.querySelector('#photos-look img').src !== before", before)
    person.tab_to("#photos-file a[download]")
    with person.page.expect_download() as started:
        person.page.keyboard.press("Enter")
    assert started.value.suggested_filename == "filmnet.mp4"
