"""Options that several commands have, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from filmnet.cli.quiet import only_errors

_NETWORK = "Network"


def _quieten(quiet: bool) -> bool:
    if quiet:
        only_errors()
    return quiet


Weights = Annotated[
    str | None,
    typer.Option(
        metavar="NAME_OR_PATH",
        rich_help_panel=_NETWORK,
        show_default="the package's own",
        help="Weights: a registered name, a file or a folder.",
    ),
]
Device = Annotated[
    str, typer.Option(rich_help_panel=_NETWORK, help="auto, cpu, cuda, cuda:N or mps.")
]
Precision = Annotated[
    str, typer.Option(rich_help_panel=_NETWORK, help="auto, float32, bfloat16 or float16.")
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        rich_help_panel=_NETWORK,
        show_default="what is free",
        help="How much memory the program may take, such as 4GB; frames that need more are made "
        "in tiles, without seams.",
    ),
]
Tile = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        rich_help_panel=_NETWORK,
        show_default="what suits the memory",
        help="Side of the tiles.",
    ),
]
Optimize = Annotated[
    str,
    typer.Option(
        rich_help_panel=_NETWORK,
        help="auto, always (also what pays only after many frames) or never (layer by layer).",
    ),
]
Tta = Annotated[
    int,
    typer.Option(
        metavar="1|2|4",
        rich_help_panel=_NETWORK,
        help="Make each frame the mean over mirrored copies: 2, also left to right; 4, also "
        "upside down. Better, for 2 or 4 times the time and memory.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_quieten, help="Print nothing but errors and results."),
]
