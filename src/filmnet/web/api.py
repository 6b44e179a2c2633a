"""The same jobs as an HTTP API, Gradio's own: `/photos`, `/video` and `/insight`.

Each yields (files, status) while it works, `files` empty until the result is whole. Annotations
here are objects, not text: Gradio makes the API's description of them.
"""

# No `from __future__ import annotations`: see above.
import inspect
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.events

from filmnet.errors import FilmnetError
from filmnet.web.context import Asker, PageContext, asker_of
from filmnet.web.following import describe, follow
from filmnet.web.insight_tab import submit_pair
from filmnet.web.job_queue import Ticket
from filmnet.web.photo_job import PhotoOrder
from filmnet.web.photos_tab import submit_photos
from filmnet.web.texts import PageError, sentence
from filmnet.web.video_job import VideoOrder
from filmnet.web.video_tab import submit_video

NOBODY: Any = None
"""In the place of the request, which Gradio gives."""

Yielded = tuple[list[gr.FileData], dict[str, Any]]
"""As the API describes what it yields."""

Answer = AsyncGenerator[tuple[list[dict[str, Any]], dict[str, Any]], None]


def add_api(context: PageContext) -> None:
    """Add the endpoints to the page that is being built."""

    async def photos(
        photos: list[gr.FileData],
        seconds: float = 2.0,
        fps: float = 30.0,
        loop: bool = False,
        boomerang: bool = False,
        hold: float = 0.0,
        format: str = "mp4",  # noqa: A002 - the name in the API
        request: gr.Request = NOBODY,
    ) -> Answer:
        """Make a video that moves from photo to photo."""
        asker = asker_of(request)

        def submit() -> Ticket[Any]:
            order = PhotoOrder(
                photos=context.own_files(asker, _paths(photos)),
                seconds=_number("seconds", seconds),
                fps=_number("fps", fps),
                loop=bool(loop),
                boomerang=bool(boomerang),
                hold=_number("hold", hold),
                format=str(format),
            )
            return submit_photos(context, asker, order)

        async for answer in _answers(context, asker, submit, lambda made: [made.file]):
            yield answer

    async def video(
        video: gr.FileData,
        smoother: float = 2.0,
        slower: float = 1.0,
        audio: bool = True,
        dedupe: bool = False,
        format: str = "mp4",  # noqa: A002 - the name in the API
        request: gr.Request = NOBODY,
    ) -> Answer:
        """Make a video smoother or slower."""
        asker = asker_of(request)

        def submit() -> Ticket[Any]:
            (path,) = context.own_files(asker, _paths([video]))
            order = VideoOrder(
                video=path,
                smoother=_number("smoother", smoother),
                slower=_number("slower", slower),
                audio=bool(audio),
                dedupe=bool(dedupe),
                format=str(format),
            )
            return submit_video(context, asker, order)

        async for answer in _answers(context, asker, submit, lambda made: [made.file]):
            yield answer

    async def insight(
        photos: list[gr.FileData],
        instant: float = 0.5,
        request: gr.Request = NOBODY,
    ) -> Answer:
        """Pictures of what the network sees between two photos."""
        asker = asker_of(request)

        def submit() -> Ticket[Any]:
            pair = context.own_files(asker, _paths(photos))
            return submit_pair(context, asker, pair, _number("instant", instant))

        async for answer in _answers(context, asker, submit, lambda seen: seen.pictures):
            yield answer

    endpoints: tuple[Any, ...] = (photos, video, insight)
    for endpoint in endpoints:
        signature = inspect.signature(endpoint)
        endpoint.__signature__ = signature.replace(return_annotation=Yielded)
        gradio.events.api(endpoint, api_name=endpoint.__name__)


async def _answers(
    context: PageContext,
    asker: Asker,
    submit: Callable[[], Ticket[Any]],
    files_of: Callable[[Any], Any],
) -> Answer:
    """What an endpoint yields: where the job stands, and in the end its files."""
    try:
        ticket = submit()
    except FilmnetError as error:
        raise _refusal(asker.language, error) from error
    async for _ in follow(context.queue, ticket):
        yield [], _status(context, asker, ticket)
    if ticket.result is None:
        raise _refusal(asker.language, ticket.error or PageError("status_stopped"))
    yield [_file(path) for path in files_of(ticket.result)], _status(context, asker, ticket)


def _status(context: PageContext, asker: Asker, ticket: Ticket[Any]) -> dict[str, Any]:
    progress = ticket.progress
    return {
        "state": ticket.state,
        "position": context.queue.position(ticket),
        "frames_done": progress.frames_done if progress else 0,
        "frames_total": progress.frames_total if progress else None,
        "seconds_left": progress.seconds_left if progress else None,
        "message": describe(asker.language, context.queue, ticket),
    }


def _refusal(language: str, error: FilmnetError) -> gr.Error:
    return gr.Error(sentence(language, error), print_exception=False)


def _file(path: Path) -> dict[str, Any]:
    """A file as Gradio's clients know it."""
    return {
        "path": str(path),
        "orig_name": path.name,
        "size": path.stat().st_size,
        "meta": {"_type": "gradio.FileData"},
    }


def _paths(files: Any) -> list[str]:
    """The paths in what a program has sent, which may be anything."""
    if not isinstance(files, list):
        raise PageError("error_request")
    paths = [file.get("path") if isinstance(file, dict) else None for file in files]
    named = [path for path in paths if isinstance(path, str)]
    if len(named) < len(paths):
        raise PageError("error_request")
    return named


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PageError("error_number", name=name)
    return float(value)
