"""Options that `filmnet train` and `filmnet sweep` share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option(help="Training data in any layout that `filmnet data check` knows."),
]
Triplets = Annotated[
    list[Path] | None,
    typer.Option(help="A folder of triplets to measure on now and then; may be repeated."),
]
Start = Annotated[
    str | None, typer.Option(help="Weights to start from: a registered name or a file.")
]
Vgg = Annotated[
    Path | None,
    typer.Option(help="VGG-19 for the VGG and style losses; else the imported one."),
]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes that prepare samples beside each network.")
]
Compile = Annotated[
    bool, typer.Option("--compile", help="Let torch.compile fuse layers: for long GPU runs.")
]
