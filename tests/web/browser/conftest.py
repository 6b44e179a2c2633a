"""A browser and a page for each module, people for each test."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from filmnet.web.settings import WebSettings
from page_driving import LOCALES, TEST_SECONDS, Chromium, Person, find_chromium
from page_serving import Served, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS + 100))


@pytest.fixture(scope="module")
def page(settings: WebSettings) -> Iterator[Served]:
    """A page of the module's own: with its limits, and without another module's jobs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with serving(settings) as served:
            yield served


@pytest.fixture(scope="module")
def chromium(page: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser. It comes after the page, whose building needs a thread without an event loop."""
    program = find_chromium()
    if program is None:
        missing = "no Chromium: set CHROMIUM, or install one (Debian: apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = Chromium(playwright, program, tmp_path_factory.mktemp("chromium"))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def people(page: Served, chromium: Chromium) -> Iterator[Callable[..., Person]]:
    """Let people open the page; none of their browsers asks another host for anything."""
    opened: list[Person] = []

    with ExitStack() as stack:
        stack.enter_context(chromium.watched(TEST_SECONDS))

        def open_page(
            language: str = "en", scheme: str = "light", size: tuple[int, int] = (1280, 800)
        ) -> Person:
            options: dict[str, Any] = {"locale": LOCALES[language], "color_scheme": scheme}
            viewport = {"width": size[0], "height": size[1]}
            context = chromium.context(viewport=viewport, **options)
            stack.callback(context.close)
            opened.append(Person(context, page.url))
            return opened[-1]

        yield open_page
    for person in opened:
        assert person.hosts == {"127.0.0.1"}
        assert person.complaints == []


@pytest.fixture
def person(people: Callable[..., Person]) -> Person:
    """Somebody at a laptop."""
    return people()
