"""Serving the page until it is told to end, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

SILENCE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Set before Gradio is imported: it tells nobody, and asks nobody."""

os.environ.update(SILENCE)

import gradio as gr  # noqa: E402
import uvicorn  # noqa: E402
from fastapi import FastAPI  # noqa: E402

from filmnet.errors import InputError  # noqa: E402
from filmnet.web.context import PageContext  # noqa: E402
from filmnet.web.guard import Guard  # noqa: E402
from filmnet.web.job_queue import JobQueue  # noqa: E402
from filmnet.web.labels import TRANSLATIONS  # noqa: E402
from filmnet.web.network import EXPECTED_FRAMES, SharedNetwork  # noqa: E402
from filmnet.web.page import build_page  # noqa: E402
from filmnet.web.settings import WebSettings  # noqa: E402
from filmnet.web.theme import CSS, make_theme  # noqa: E402
from filmnet.web.workspace import Workspace  # noqa: E402

GRACE_SECONDS = 3
"""How long open connections are waited for when the server ends."""

SWEEP_SECONDS = 60
_TEMPORARY = "GRADIO_TEMP_DIR"
_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, kw_only=True)
class Site:
    """The page, ready to be served."""

    app: Guard
    context: PageContext
    gradio: Any
    """Gradio's own application, behind the guard."""


@contextmanager
def open_site(settings: WebSettings, load: Callable[[], Any] | None = None) -> Iterator[Site]:
    """Everything but the network's socket; its folders go when the site is closed.

    Args:
        settings: of the page.
        load: makes what makes frames; by default the network of the settings.

    Raises:
        FilmnetError: a folder that cannot be made.
    """
    make = load or (lambda: settings.network.load(frames=EXPECTED_FRAMES))
    workspace = Workspace(settings.folder, keep_seconds=settings.keep_seconds)
    limits = settings.limits
    queue = JobQueue(longest=limits.queue, minutes=limits.minutes)
    earlier = os.environ.get(_TEMPORARY)
    ended = threading.Event()
    sweeper = threading.Thread(
        target=_sweep, args=(workspace, ended), name="filmnet-sweep", daemon=True
    )
    sweeper.start()
    try:
        context = PageContext(
            settings=settings, workspace=workspace, queue=queue, network=SharedNetwork(make)
        )
        yield asyncio.run(_build_site(context))
    finally:
        ended.set()
        queue.close()
        sweeper.join(timeout=5)
        os.environ.pop(_TEMPORARY, None)
        if earlier is not None:
            os.environ[_TEMPORARY] = earlier
        workspace.close()


def serve(settings: WebSettings, tell: Callable[[str], None]) -> None:
    """Serve the page until a signal ends it.

    Args:
        settings: of the page.
        tell: given sentences for the person who started it.

    Raises:
        FilmnetError: an address that cannot be used, or a network that cannot be loaded.
    """
    with open_site(settings) as site, closing(PageServer(site)) as server:
        tell("getting ready…")
        site.context.network.get()  # what is wrong with it is told now, not to the first visitor
        host, port = server.address
        shown = f"[{host}]" if ":" in host else host
        tell(f"filmnet web is at http://{shown}:{port}/ until Ctrl-C")
        if settings.share:
            tell(f"and, for everyone who knows the address, at {_open_tunnel(host, port)}")
        server.serve_until_told()


class PageServer(uvicorn.Server):
    """uvicorn's server, which stops the jobs before it waits for connections.

    Args:
        site: what to serve; the address is taken at once.

    Raises:
        InputError: the address cannot be used.
    """

    def __init__(self, site: Site) -> None:
        settings = site.context.settings
        config = uvicorn.Config(
            site.app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws="none",
        )
        super().__init__(config)
        self._site = site
        self._socket = _listen(settings.host, settings.port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        """Host and port."""

    def close(self) -> None:
        """Give the address free."""
        self._socket.close()

    def serve_until_told(self) -> None:
        """Serve until a signal comes, or `should_exit` is set."""
        level = _LOG.level
        try:
            self.run(sockets=[self._socket])
        finally:
            _LOG.setLevel(level)
            self._socket.close()

    async def shutdown(self, sockets: Any = None) -> None:
        """End streams and jobs, then the server; what is cut off then is cut off on purpose."""
        _LOG.setLevel(logging.CRITICAL)
        self._site.gradio.stop_event.set()
        self._site.gradio.get_blocks()._queue.close()
        for ticket in self._site.context.queue.tickets():
            self._site.context.queue.stop(ticket)
        await super().shutdown(sockets=sockets)


async def _build_site(context: PageContext) -> Site:
    """Build page and guard; within a loop, since Gradio would leave loops of its own open."""
    settings = context.settings
    root = context.workspace.root
    os.environ[_TEMPORARY] = str(root)  # what Gradio itself writes goes with the rest
    page = build_page(context)
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        outer,
        page,
        "/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        auth=list(settings.accounts) or None,
        root_path=settings.root_path or None,
        show_error=False,  # of errors that are not meant for visitors
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        i18n=TRANSLATIONS,
        theme=make_theme(),
        css=CSS,
    )
    inner = next(route.app for route in outer.routes if hasattr(route, "app"))

    def is_signed_in(cookies: dict[str, str]) -> bool:
        if not settings.accounts:
            return True
        names = (f"access-token-{inner.cookie_id}", f"access-token-unsecure-{inner.cookie_id}")
        return any(cookies.get(name) in inner.tokens for name in names)

    guard = Guard(outer, settings, context.workspace, is_signed_in, context.queue.stop_session)
    return Site(app=guard, context=context, gradio=inner)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except (OSError, OverflowError) as error:
        raise InputError(
            f"{host}:{port}: this address cannot be used ({error}); choose another --port"
        ) from error


def _sweep(workspace: Workspace, ended: threading.Event) -> None:
    """Remove old files from time to time."""
    while not ended.wait(SWEEP_SECONDS):
        workspace.sweep()


def _open_tunnel(host: str, port: int) -> str:
    """Gradio's public address for this server."""
    import secrets

    from gradio.networking import setup_tunnel

    try:
        return setup_tunnel(host, port, secrets.token_urlsafe(32), None, None)
    except Exception as error:
        raise InputError(f"--share: no public address could be had ({error})") from error
