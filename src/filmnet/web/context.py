"""What all parts of the page share, and who asks."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import gradio as gr

from filmnet.jobs import Cancel
from filmnet.web.guard import LANGUAGE, VISITOR
from filmnet.web.job_queue import JobQueue, Report, Ticket
from filmnet.web.network import SharedNetwork
from filmnet.web.settings import WebSettings
from filmnet.web.texts import PageError
from filmnet.web.workspace import Workspace

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, as the guard has found out."""

    visitor: str
    language: str
    session: str
    """The open page, or the program."""


@dataclass(frozen=True, kw_only=True)
class PageContext:
    """What all parts of the page share."""

    settings: WebSettings
    workspace: Workspace
    queue: JobQueue
    network: SharedNetwork

    def own_files(self, asker: Asker, paths: Sequence[str]) -> tuple[Path, ...]:
        """Files of a visitor.

        Raises:
            PageError: one of them is not, or is there no longer.
        """
        found = [self.workspace.own_file(asker.visitor, str(path)) for path in paths]
        files = tuple(path for path in found if path is not None)
        if len(files) < len(found):
            raise PageError("error_not_yours")
        return files

    def submit(
        self,
        asker: Asker,
        inputs: Sequence[Path],
        make: Callable[[Path, Report, Cancel], Result],
    ) -> Ticket[Result]:
        """Queue a job that makes something in a folder of its own.

        Args:
            asker: whose folder it is.
            inputs: files that must stay until the job has ended.
            make: given the folder; a failure leaves nothing in it.

        Raises:
            PageError: too many jobs wait already.
        """
        held = ExitStack()
        held.enter_context(self.workspace.hold(*(path.parent for path in inputs)))

        def work(report: Report, cancel: Cancel) -> Result:
            folder = self.workspace.new_folder(asker.visitor)
            with self.workspace.hold(folder):
                try:
                    return make(folder, report, cancel)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise

        try:
            return self.queue.submit(work, asker.session, held.close)
        except BaseException:
            held.close()
            raise


def asker_of(request: gr.Request) -> Asker:
    """Who asks; the guard has written it into the request."""
    scope = request.request.scope if request.request is not None else {}
    return Asker(
        visitor=scope[VISITOR],
        language=scope[LANGUAGE],
        session=request.session_hash or secrets.token_hex(8),
    )
