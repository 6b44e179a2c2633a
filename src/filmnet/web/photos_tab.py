"""The first tab: photos to a video."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr

from filmnet.jobs import Cancel
from filmnet.web.context import Asker, PageContext, asker_of
from filmnet.web.example import copy_example
from filmnet.web.following import result_html
from filmnet.web.formats import DEFAULT_FORMAT, FORMATS
from filmnet.web.job_queue import Report, Ticket
from filmnet.web.labels import label
from filmnet.web.photo_job import PhotoOrder, check_photo_order, make_photo_video
from filmnet.web.photo_looks import look_of
from filmnet.web.result_view import ResultView
from filmnet.web.results import MadeVideo
from filmnet.web.run_buttons import RunButtons

PHOTO_TYPES = ["image", ".heic", ".heif", ".hif", ".avif", ".tif", ".tiff"]
FRAME_RATES = [12, 24, 25, 30, 50, 60]


class PhotosTab:
    """Its components, and what they do."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        with gr.Row(elem_classes="sides"):
            with gr.Column(min_width=300):
                self._build_photos()
                self._build_options()
                self.buttons = RunButtons("photos", "make_video")
            with gr.Column(min_width=300):
                self.view = ResultView("photos", "empty_photos", compares=True)
        self._connect()

    def _build_photos(self) -> None:
        self.files = gr.File(
            label=label("photos"),
            file_count="multiple",
            file_types=PHOTO_TYPES,
            allow_reordering=True,
            height=170,
            elem_id="photos-files",
        )
        self.example = gr.Button(label("example"), size="sm", elem_id="photos-example")
        self.order = gr.Gallery(
            label=label("order"),
            interactive=False,
            columns=4,
            height="auto",
            allow_preview=False,
            object_fit="contain",
            visible=False,
            elem_id="photos-order",
            buttons=[],
        )
        self.chosen = gr.State(0)
        with gr.Row(visible=False, elem_classes="tight") as self.moves:
            self.earlier = gr.Button(label("earlier"), size="sm", elem_id="photos-earlier")
            self.later = gr.Button(label("later"), size="sm", elem_id="photos-later")
            self.swap = gr.Button(label("swap"), size="sm", elem_id="photos-swap")

    def _build_options(self) -> None:
        self.seconds = gr.Slider(
            0.5,
            30,
            value=2,
            step=0.5,
            label=label("seconds"),
            info=label("seconds_help"),
            elem_id="photos-seconds",
        )
        with gr.Accordion(label("more"), open=False, elem_id="photos-more"):
            self.format = gr.Dropdown(
                [(kind.label, name) for name, kind in FORMATS.items()],
                value=DEFAULT_FORMAT,
                label=label("format"),
                info=label("format_help"),
                filterable=False,
                elem_id="photos-format",
            )
            self.fps = gr.Dropdown(
                FRAME_RATES,
                value=30,
                label=label("fps"),
                info=label("fps_help"),
                filterable=False,
                elem_id="photos-fps",
            )
            self.loop = gr.Checkbox(
                label=label("loop"), info=label("loop_help"), elem_id="photos-loop"
            )
            self.boomerang = gr.Checkbox(
                label=label("boomerang"), info=label("boomerang_help"), elem_id="photos-boomerang"
            )
            self.hold = gr.Slider(
                0,
                5,
                value=0,
                step=0.1,
                label=label("hold"),
                info=label("hold_help"),
                elem_id="photos-hold",
            )

    def _connect(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        shown = [self.order, self.moves, self.chosen]
        self.files.change(self._show_order, [self.files], shown, **private)
        self.order.select(self._choose, None, [self.chosen], **private)
        moved = [self.files, self.order, self.moves, self.chosen]
        self.earlier.click(self._move_earlier, [self.files, self.chosen], moved, **private)
        self.later.click(self._move_later, [self.files, self.chosen], moved, **private)
        self.swap.click(self._swap, [self.files], moved, **private)
        self.example.click(self._take_example, None, [self.files], **private)
        options = [self.seconds, self.fps, self.loop, self.boomerang, self.hold, self.format]
        self.buttons.start.click(
            self._make,
            [self.files, *options],
            [*self.buttons.components, *self.view.components],
            **private,
        )
        self.buttons.connect_stop(self._context)

    def _show_order(self, files: list[str] | None, request: gr.Request) -> list[Any]:
        return self._ordered(files or [], 0, asker_of(request))

    def _ordered(self, files: list[str], chosen: int, asker: Asker) -> list[Any]:
        """The small photos in order, of which one is chosen to be moved."""
        limits = self._context.settings.limits
        paths = self._context.own_files(asker, files)
        looks = [(str(look_of(path, limits)), str(number)) for number, path in enumerate(paths, 1)]
        several = len(looks) > 1
        gallery = gr.update(
            value=looks, visible=bool(looks), selected_index=chosen if several else None
        )
        return [gallery, gr.update(visible=several), chosen]

    def _choose(self, event: gr.SelectData) -> int:
        return int(event.index)

    def _move_earlier(self, files: list[str] | None, chosen: int, request: gr.Request) -> list[Any]:
        return self._move(list(files or []), chosen, -1, asker_of(request))

    def _move_later(self, files: list[str] | None, chosen: int, request: gr.Request) -> list[Any]:
        return self._move(list(files or []), chosen, 1, asker_of(request))

    def _move(self, order: list[str], chosen: int, step: int, asker: Asker) -> list[Any]:
        """Move the chosen photo by one place."""
        target = chosen + step
        if 0 <= chosen < len(order) and 0 <= target < len(order):
            order[chosen], order[target] = order[target], order[chosen]
            chosen = target
        return [order, *self._ordered(order, chosen, asker)]

    def _swap(self, files: list[str] | None, request: gr.Request) -> list[Any]:
        order = list(reversed(files or []))
        return [order, *self._ordered(order, 0, asker_of(request))]

    def _take_example(self, request: gr.Request) -> list[str]:
        asker = asker_of(request)
        return [str(path) for path in copy_example(self._context.workspace, asker.visitor)]

    async def _make(
        self,
        files: list[str] | None,
        seconds: float,
        fps: float,
        loop: bool,
        boomerang: bool,
        hold: float,
        format: str,  # noqa: A002 - as it is called everywhere
        request: gr.Request,
    ) -> AsyncGenerator[Any, None]:
        context, asker = self._context, asker_of(request)

        def submit() -> Ticket[MadeVideo]:
            order = PhotoOrder(
                photos=context.own_files(asker, files or []),
                seconds=seconds,
                fps=fps,
                loop=loop,
                boomerang=boomerang,
                hold=hold,
                format=format,
            )
            return submit_photos(context, asker, order)

        def show(result: MadeVideo) -> dict[Any, Any]:
            status = result_html(asker.language, result)
            return {**self.view.show(result), self.buttons.status: status}

        async for updates in self.buttons.run(context, asker, submit, self.view.clear, show):
            yield updates


def submit_photos(context: PageContext, asker: Asker, order: PhotoOrder) -> Ticket[MadeVideo]:
    """Check an order of photos and queue it.

    Raises:
        FilmnetError: it cannot be made, or is too much.
    """
    limits = context.settings.limits
    check_photo_order(order, limits)

    def make(folder: Path, report: Report, cancel: Cancel) -> MadeVideo:
        return make_photo_video(order, folder, context.network, limits, report, cancel)

    return context.submit(asker, order.photos, make)
