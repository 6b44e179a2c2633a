"""Pages to test, photos to give them, and those who ask."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmnet.web.settings import Limits, WebSettings
from page_serving import Served, Visitor, serving

# Gradio's own calls of what its libraries have deprecated: nothing of ours.
IGNORED = (
    "ignore:.*no_silent_downcasting.*",
    "ignore::DeprecationWarning:gradio.*",
    "ignore::DeprecationWarning:starlette.*",
    "ignore::DeprecationWarning:uvicorn.*",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for warning in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> WebSettings:
    """A page at a free port, with limits that tests can reach."""
    return WebSettings(
        port=0,
        folder=tmp_path_factory.mktemp("visitors"),
        limits=Limits(upload_bytes=3_000_000, pixels=1_000_000, frames=200, files=6, queue=12),
    )


@pytest.fixture(scope="session")
def page(settings: WebSettings) -> Iterator[Served]:
    """A running page, for all tests; each leaves its queue empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with serving(settings) as served:
            yield served


@pytest.fixture
def serve(settings: WebSettings) -> Iterator[Callable[..., Served]]:
    """Start a page with other settings, for one test."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(serving(replace(settings, **changes)))


@pytest.fixture
def visitors(page: Served) -> Iterator[Callable[[], Visitor]]:
    """Make visitors of the page."""
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(page.url))
        return made[-1]

    yield make
    for visitor in made:
        visitor.http.close()


@pytest.fixture
def photos(tmp_path: Path) -> Callable[..., list[Path]]:
    """Make photos of plain colours."""

    def make(number: int = 2, size: tuple[int, int] = (96, 64)) -> list[Path]:
        paths = [tmp_path / f"photo {k}.png" for k in range(number)]
        for k, path in enumerate(paths):
            pixels = np.full((size[1], size[0], 3), 40 * k + 20, np.uint8)
            Image.fromarray(pixels).save(path)
        return paths

    return make
