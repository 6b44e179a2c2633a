"""`filmnet web`: a page on which anyone makes the video."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from filmnet.cli.options import Device, Memory, Optimize, Precision, Quiet, Tile, Tta, Weights
from filmnet.errors import InputError

_ACCESS, _LIMITS = "Access", "Limits"


def web(
    host: Annotated[
        str, typer.Option(rich_help_panel=_ACCESS, help="Address to listen at; 0.0.0.0 is all.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, rich_help_panel=_ACCESS, help="0 takes a free one.")
    ] = 7860,
    auth: Annotated[
        list[str] | None,
        typer.Option(
            metavar="USER:PASSWORD",
            rich_help_panel=_ACCESS,
            help="Let in who knows this; may be repeated.",
        ),
    ] = None,
    auth_file: Annotated[
        Path | None,
        typer.Option(rich_help_panel=_ACCESS, help="The same from a file, USER:PASSWORD a line."),
    ] = None,
    root_path: Annotated[
        str, typer.Option(rich_help_panel=_ACCESS, help="Path behind a proxy, such as /film.")
    ] = "",
    share: Annotated[
        bool,
        typer.Option(
            "--share",
            rich_help_panel=_ACCESS,
            help="Open a public address through Gradio's servers, which see what passes.",
        ),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=_ACCESS,
            show_default="the system's temporary folder",
            help="Where visitors' files lie while they are needed.",
        ),
    ] = None,
    max_upload: Annotated[
        int, typer.Option(min=1, rich_help_panel=_LIMITS, help="Megabytes of one upload.")
    ] = 1000,
    max_megapixels: Annotated[
        float, typer.Option(min=0.01, rich_help_panel=_LIMITS, help="Of a photo or a frame.")
    ] = 50.0,
    max_frames: Annotated[
        int, typer.Option(min=2, rich_help_panel=_LIMITS, help="Of what is made.")
    ] = 3000,
    max_minutes: Annotated[
        float, typer.Option(min=0.01, rich_help_panel=_LIMITS, help="That a job may take.")
    ] = 60.0,
    max_files: Annotated[
        int, typer.Option(min=2, rich_help_panel=_LIMITS, help="Files of one upload.")
    ] = 50,
    max_queue: Annotated[
        int, typer.Option(min=1, rich_help_panel=_LIMITS, help="Jobs that may wait.")
    ] = 20,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    tta: Tta = 1,
    quiet: Quiet = False,
) -> None:
    """Open a page on this computer on which anyone makes the video."""
    if find_spec("gradio") is None:
        raise InputError("the page needs gradio, not installed here: pip install 'filmnet[web]'")
    from filmnet.jobs.network import NetworkOptions
    from filmnet.web.server import serve
    from filmnet.web.settings import Limits, WebSettings, parse_account, read_accounts

    accounts = [parse_account(text) for text in auth or ()]
    accounts += read_accounts(auth_file) if auth_file is not None else []
    settings = WebSettings(
        host=host,
        port=port,
        accounts=tuple(accounts),
        root_path=root_path,
        share=share,
        folder=folder,
        limits=Limits(
            upload_bytes=max_upload * 1_000_000,
            pixels=round(max_megapixels * 1e6),
            frames=max_frames,
            minutes=max_minutes,
            files=max_files,
            queue=max_queue,
        ),
        network=NetworkOptions(
            weights=weights,
            device=device,
            precision=precision,
            memory=memory,
            tile=tile,
            optimize=optimize,
            tta=tta,
        ),
    )
    serve(settings, lambda sentence: None if quiet else typer.echo(sentence, err=True))
