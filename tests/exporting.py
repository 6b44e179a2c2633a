"""A tiny network, exported once by the command line for the tests of several packages."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import torch

from filmnet.cli import main
from filmnet.model import Film, FilmConfig
from filmnet.weights import Padding, WeightsInfo, save_weights

CONFIG = FilmConfig(
    pyramid_levels=2,
    fusion_pyramid_levels=2,
    specialized_levels=1,
    sub_levels=2,
    filters=4,
    flow_convs=(1, 1),
    flow_filters=(4, 4),
    output="blend",
)


@dataclass(frozen=True)
class Exported:
    """What `filmnet export` wrote and printed."""

    path: Path
    weights: Path
    printed: str


def make_weights(folder: Path, times: str = "any") -> Path:
    """A file of seeded weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        film = Film(CONFIG)
    path = folder / "tiny.safetensors"
    info = WeightsInfo(
        name="tiny",
        config=CONFIG,
        licence="CC0-1.0",
        times=times,
        padding=Padding(multiple=4, mode="replicate"),
        training={"steps": 3},
    )
    save_weights(path, film.state_dict(), info, overwrite=True)
    return path


def export(folder: Path, kind: str, *options: str) -> Exported:
    """Run `filmnet export KIND`."""
    weights = make_weights(folder)
    path = folder / f"film.{kind}"
    written = io.StringIO()
    arguments = ["export", kind, "-o", str(path), "--weights", str(weights), *options]
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        code = main(arguments)
    assert code == 0, written.getvalue()
    return Exported(path, weights, written.getvalue())
