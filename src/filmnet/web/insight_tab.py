"""The third tab: what the network saw between two photos."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr

from filmnet.jobs import Cancel
from filmnet.web.context import Asker, PageContext, asker_of
from filmnet.web.example import copy_example
from filmnet.web.following import message_html
from filmnet.web.insight_job import NAMES, SeenPair, check_pair, look_at_pair
from filmnet.web.job_queue import Report, Ticket
from filmnet.web.labels import label
from filmnet.web.photos_tab import PHOTO_TYPES
from filmnet.web.run_buttons import RunButtons
from filmnet.web.texts import say


class InsightTab:
    """Its components, and what they do."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        with gr.Row(elem_classes="sides"):
            with gr.Column(min_width=300):
                self.files = gr.File(
                    label=label("pair"),
                    file_count="multiple",
                    file_types=PHOTO_TYPES,
                    allow_reordering=True,
                    height=140,
                    elem_id="insight-files",
                )
                self.example = gr.Button(label("example"), size="sm", elem_id="insight-example")
                self.instant = gr.Slider(
                    0.05,
                    0.95,
                    value=0.5,
                    step=0.05,
                    label=label("instant"),
                    info=label("instant_help"),
                    elem_id="insight-instant",
                )
                self.buttons = RunButtons("insight", "look")
            with gr.Column(min_width=300):
                self.empty = gr.Markdown(
                    label("empty_insight"), elem_classes="empty", elem_id="insight-empty"
                )
                with gr.Column(visible=False) as self.seen:
                    with gr.Group():
                        self.pictures = self._build_pictures()
                    gr.Markdown(label("seen_help"))
        self._connect()

    def _build_pictures(self) -> list[gr.Image]:
        """Two a row, in the order of `NAMES`."""
        pictures = []
        for first in range(0, len(NAMES), 2):
            with gr.Row():
                for name in NAMES[first : first + 2]:
                    picture = gr.Image(
                        label=label(f"seen_{name}"),
                        interactive=False,
                        elem_id=f"insight-{name}",
                        buttons=["fullscreen"],
                        min_width=200,
                    )
                    pictures.append(picture)
        return pictures

    def _connect(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.example.click(self._take_example, None, [self.files], **private)
        self.buttons.start.click(
            self._look,
            [self.files, self.instant],
            [*self.buttons.components, self.empty, self.seen, *self.pictures],
            **private,
        )
        self.buttons.connect_stop(self._context)

    def _take_example(self, request: gr.Request) -> list[str]:
        asker = asker_of(request)
        return [str(path) for path in copy_example(self._context.workspace, asker.visitor)]

    async def _look(
        self, files: list[str] | None, instant: float, request: gr.Request
    ) -> AsyncGenerator[Any, None]:
        context, asker = self._context, asker_of(request)

        def submit() -> Ticket[SeenPair]:
            return submit_pair(context, asker, context.own_files(asker, files or []), instant)

        def clear() -> dict[Any, Any]:
            return {self.empty: gr.update(visible=True), self.seen: gr.update(visible=False)}

        def show(seen: SeenPair) -> dict[Any, Any]:
            key = "status_seen_low" if seen.is_low else "status_seen"
            values = {
                "confidence": f"{100 * seen.confidence:.0f}",
                "motion": f"{seen.motion_px:.0f}",
            }
            pictures = zip(self.pictures, seen.pictures, strict=True)
            return {
                self.empty: gr.update(visible=False),
                self.seen: gr.update(visible=True),
                self.buttons.status: message_html(say(asker.language, key, **values), kind="done"),
                **{component: str(path) for component, path in pictures},
            }

        async for updates in self.buttons.run(context, asker, submit, clear, show):
            yield updates


def submit_pair(
    context: PageContext, asker: Asker, photos: tuple[Path, ...], instant: float
) -> Ticket[SeenPair]:
    """Check a pair and queue it to be looked at.

    Raises:
        FilmnetError: it cannot be looked at.
    """
    limits = context.settings.limits
    check_pair(photos, limits)
    t = min(max(instant, 0.01), 0.99)

    def make(folder: Path, report: Report, cancel: Cancel) -> SeenPair:
        return look_at_pair(photos, t, folder, context.network, limits, report, cancel)

    return context.submit(asker, photos, make)
