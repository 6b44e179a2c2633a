"""The part of a tab that starts a job, tells how it goes, and stops it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

import gradio as gr

from filmnet.errors import FilmnetError
from filmnet.web.context import Asker, PageContext
from filmnet.web.following import follow, message_html, status_html
from filmnet.web.job_queue import Ticket
from filmnet.web.labels import label
from filmnet.web.texts import sentence

Result = TypeVar("Result")
Updates = dict[Any, Any]


class RunButtons:
    """Start, stop, and the place where the page says where the job stands.

    Args:
        name: a prefix of the elements' ids.
        start_key: the text of the button that starts.
    """

    def __init__(self, name: str, start_key: str) -> None:
        with gr.Row(elem_classes="tight"):
            self.start = gr.Button(label(start_key), variant="primary", elem_id=f"{name}-start")
            self.stop = gr.Button(
                label("stop"), variant="stop", interactive=False, elem_id=f"{name}-stop"
            )
        self.status = gr.HTML(message_html(""), elem_id=f"{name}-status")

    @property
    def components(self) -> list[Any]:
        """All that a run changes."""
        return [self.start, self.stop, self.status]

    async def run(
        self,
        context: PageContext,
        asker: Asker,
        submit: Callable[[], Ticket[Result]],
        clear: Callable[[], Updates],
        show: Callable[[Result], Updates],
    ) -> AsyncGenerator[Updates, None]:
        """Start a job and say where it stands until it has ended.

        Args:
            context: with the queue.
            asker: in whose language.
            submit: checks what is wanted and queues it.
            clear: takes an earlier result off the page.
            show: puts the result on the page; its updates may replace the status.
        """
        try:
            ticket = submit()
        except FilmnetError as error:
            yield {
                **clear(),
                self.status: message_html(sentence(asker.language, error), kind="error"),
            }
            return
        yield {
            **clear(),
            self.start: gr.update(interactive=False),
            self.stop: gr.update(interactive=True),
            self.status: status_html(asker.language, context.queue, ticket),
        }
        async for _ in follow(context.queue, ticket):
            yield {self.status: status_html(asker.language, context.queue, ticket)}
        updates = {
            self.start: gr.update(interactive=True),
            self.stop: gr.update(interactive=False),
            self.status: status_html(asker.language, context.queue, ticket),
        }
        if ticket.result is not None:
            updates |= show(ticket.result)
        yield updates

    def connect_stop(self, context: PageContext) -> None:
        """Let the stop button stop the jobs of this open page."""

        def stop(request: gr.Request) -> None:
            context.queue.stop_session(request.session_hash or "")

        self.stop.click(stop, None, None, show_progress="hidden", api_visibility="private")
