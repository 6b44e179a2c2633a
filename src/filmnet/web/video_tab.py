"""The second tab: a video made smoother or slower."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr

from filmnet.jobs import Cancel
from filmnet.web.context import Asker, PageContext, asker_of
from filmnet.web.following import result_html
from filmnet.web.formats import DEFAULT_FORMAT, FORMATS
from filmnet.web.job_queue import Report, Ticket
from filmnet.web.labels import label
from filmnet.web.result_view import ResultView
from filmnet.web.results import MadeVideo
from filmnet.web.run_buttons import RunButtons
from filmnet.web.texts import PageError
from filmnet.web.video_job import VideoOrder, check_video_order, make_retimed_video

VIDEO_TYPES = ["video", ".mkv", ".mov", ".avi", ".ts", ".gif"]
TIMES = [("1 ×", 1), ("2 ×", 2), ("4 ×", 4), ("8 ×", 8)]


class VideoTab:
    """Its components, and what they do."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        with gr.Row(elem_classes="sides"):
            with gr.Column(min_width=300):
                self._build_options()
                self.buttons = RunButtons("video", "make_video")
            with gr.Column(min_width=300):
                self.view = ResultView("video", "empty_video", compares=False)
        self._connect()

    def _build_options(self) -> None:
        self.file = gr.File(
            label=label("one_video"), file_types=VIDEO_TYPES, height=140, elem_id="video-file"
        )
        with gr.Row():
            self.smoother = gr.Dropdown(
                TIMES,
                value=2,
                label=label("smoother"),
                info=label("smoother_help"),
                filterable=False,
                elem_id="video-smoother",
            )
            self.slower = gr.Dropdown(
                TIMES,
                value=1,
                label=label("slower"),
                info=label("slower_help"),
                filterable=False,
                elem_id="video-slower",
            )
        with gr.Accordion(label("more"), open=False, elem_id="video-more"):
            self.format = gr.Dropdown(
                [(kind.label, name) for name, kind in FORMATS.items()],
                value=DEFAULT_FORMAT,
                label=label("format"),
                info=label("format_help"),
                filterable=False,
                elem_id="video-format",
            )
            self.audio = gr.Checkbox(
                value=True,
                label=label("keep_sound"),
                info=label("keep_sound_help"),
                elem_id="video-audio",
            )
            self.dedupe = gr.Checkbox(
                label=label("dedupe"), info=label("dedupe_help"), elem_id="video-dedupe"
            )

    def _connect(self) -> None:
        options = [self.smoother, self.slower, self.audio, self.dedupe, self.format]
        self.buttons.start.click(
            self._make,
            [self.file, *options],
            [*self.buttons.components, *self.view.components],
            api_visibility="private",
            show_progress="hidden",
        )
        self.buttons.connect_stop(self._context)

    async def _make(
        self,
        file: str | None,
        smoother: float,
        slower: float,
        audio: bool,
        dedupe: bool,
        format: str,  # noqa: A002 - as it is called everywhere
        request: gr.Request,
    ) -> AsyncGenerator[Any, None]:
        context, asker = self._context, asker_of(request)

        def submit() -> Ticket[MadeVideo]:
            if file is None:
                raise PageError("error_one_video")
            (video,) = context.own_files(asker, [file])
            order = VideoOrder(
                video=video,
                smoother=smoother,
                slower=slower,
                audio=audio,
                dedupe=dedupe,
                format=format,
            )
            return submit_video(context, asker, order)

        def show(result: MadeVideo) -> dict[Any, Any]:
            status = result_html(asker.language, result)
            return {**self.view.show(result), self.buttons.status: status}

        async for updates in self.buttons.run(context, asker, submit, self.view.clear, show):
            yield updates


def submit_video(context: PageContext, asker: Asker, order: VideoOrder) -> Ticket[MadeVideo]:
    """Check an order of a video and queue it.

    Raises:
        FilmnetError: it cannot be made, or is too much.
    """
    check_video_order(order, context.settings.limits)

    def make(folder: Path, report: Report, cancel: Cancel) -> MadeVideo:
        return make_retimed_video(order, folder, context.network, report, cancel)

    return context.submit(asker, [order.video], make)
