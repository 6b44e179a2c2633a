"""A person at the page: a real Chromium, driven by Playwright, in which every wait ends.

A browser that hangs or dies fails the test that it happens to; the next test gets a new one.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

WAIT_SECONDS = 45
"""How long the page may take for one thing."""

TEST_SECONDS = 150
"""How long one visit may take before its browser is killed."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
LOCALES = {"en": "en-US", "zh": "zh-CN"}
TABS = ("photos", "video", "insight")


def find_chromium() -> str | None:
    """The Chromium of the environment variable CHROMIUM, or on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Chromium:
    """A browser that is started when it is needed, again if it has died.

    Args:
        playwright: drives it.
        program: the browser.
        folder: where its process says who it is.
    """

    def __init__(self, playwright: Playwright, program: str, folder: Path) -> None:
        self._playwright = playwright
        self._process = folder / "process"
        self._program = folder / "chromium.sh"
        self._program.write_text(f'#!/bin/sh\necho $$ > "{self._process}"\nexec "{program}" "$@"\n')
        self._program.chmod(0o700)
        self._browser: Browser | None = None

    def context(self, **options: Any) -> BrowserContext:
        """A fresh profile."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=self._program, args=FLAGS, timeout=1000 * WAIT_SECONDS
            )
        return self._browser.new_context(**options)

    def kill(self) -> None:
        """End the browser whatever it does; what waits for it fails."""
        with suppress(OSError, ValueError):
            os.killpg(int(self._process.read_text()), signal.SIGKILL)

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """Kill the browser if the block takes longer."""
        watch = threading.Timer(seconds, self.kill)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def close(self) -> None:
        """End the browser, by force if it must be."""
        with self.watched(10):
            if self._browser is not None:
                self._browser.close()


class Person:
    """Somebody with the page open, and what they do there.

    Args:
        context: the browser's profile.
        url: of the page.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.requests: list[str] = []
        """All addresses that the browser asked for."""
        self.complaints: list[str] = []
        """Errors of scripts."""
        context.set_default_timeout(1000 * WAIT_SECONDS)
        context.on("request", lambda request: self.requests.append(request.url))
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)
        self.find("photos-start").wait_for()

    def find(self, name: str, inside: str = "") -> Locator:
        """An element of the page by its id, or what is inside it."""
        return self.page.locator(f"#{name} {inside}".strip())

    def go_to(self, tab: str) -> None:
        self.page.get_by_role("tab").nth(TABS.index(tab)).click()
        self.find(f"{tab}-start").wait_for()

    def upload(self, name: str, *files: Path) -> None:
        """Choose files, and wait until the page lists them."""
        self.find(name, "input[type=file]").set_input_files(list(files))
        self.find(name, ".file-preview tr").nth(len(files) - 1).wait_for()

    def set_number(self, name: str, value: float) -> None:
        field = self.find(name, "input[type=number]")
        field.fill(f"{value:g}")
        field.press("Tab")

    def choose(self, name: str, option: str) -> None:
        self.find(name, "input").click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def add_photos(self, *files: Path) -> None:
        """Upload photos, and wait until they are seen in order."""
        self.upload("photos-files", *files)
        self.find("photos-order", "img").nth(len(files) - 1).wait_for()

    def take_example(self) -> None:
        self.find("photos-example").click()
        self.find("photos-order", "img").nth(1).wait_for()

    def start(self, tab: str) -> None:
        self.find(f"{tab}-start").click()

    def status(self, tab: str, kind: str) -> str:
        """What the page says once a job has come to be `kind`."""
        message = self.find(f"{tab}-status", f".status.{kind}")
        message.wait_for()
        return message.inner_text()

    def make(self, tab: str) -> str:
        """Run, and what the page says of the result."""
        self.start(tab)
        return self.status(tab, "done")

    def wait_for(self, script: str, value: Any = None) -> None:
        """Wait until a script in the page is true."""
        self.page.wait_for_function(script, arg=value)

    def colour(self, name: str) -> tuple[int, int, int]:
        """Of the middle of a picture on the page."""
        image = self.find(name, "img")
        image.wait_for()
        red, green, blue = image.evaluate(_IMAGE_COLOUR)
        return red, green, blue

    def wait_for_grey(self, name: str, grey: int) -> None:
        """Wait until the middle of a picture has a grey value, JPEG's inexactness apart."""
        self.find(name, "img").wait_for()
        eventually(lambda: max(abs(value - grey) for value in self.colour(name)) <= 4)

    def frames_of(self, name: str, count: int, fps: float) -> list[int]:
        """The red of a video's middle at the middle of each frame's time, as the browser plays."""
        video = self.find(name, "video")
        video.evaluate(_READY)
        found: list[int] = video.evaluate(_FRAMES, [count, fps])
        return found

    def download(self, name: str, target: Path) -> Path:
        """Download what a list of files offers."""
        with self.page.expect_download() as started:
            self.find(name, "a[download]").first.click()
        started.value.save_as(target)
        return target

    def tab_to(self, selector: str, most: int = 80) -> None:
        """Press the tabulator until something has the focus."""
        for _ in range(most):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached with the keyboard")

    def sideways(self) -> int:
        """How many pixels of the page lie outside its window."""
        over: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return over

    @property
    def hosts(self) -> set[str | None]:
        """All hosts that were asked for anything."""
        addresses = [urlsplit(url) for url in self.requests]
        return {address.hostname for address in addresses if address.scheme not in ("data", "blob")}


def eventually(is_true: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < until, f"not true after {seconds} s"
        time.sleep(0.05)


_IMAGE_COLOUR = """async image => {
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data].slice(0, 3);
}"""

_READY = """video => new Promise((ready, fail) => {
  const patience = setTimeout(() => fail(new Error("the video does not play")), 30000);
  const done = () => { clearTimeout(patience); ready(); };
  if (video.readyState >= 2) done();
  else video.addEventListener("loadeddata", done, { once: true });
})"""

_FRAMES = """async (video, [count, fps]) => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  video.pause();
  const reds = [];
  for (let k = 0; k < count; k++) {
    await new Promise((ready, fail) => {
      setTimeout(() => fail(new Error(`frame ${k} does not come`)), 30000);
      video.addEventListener("seeked", ready, { once: true });
      video.currentTime = (k + 0.5) / fps;
    });
    context.drawImage(video, 0, 0);
    reds.push(context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]);
  }
  return reds;
}"""
