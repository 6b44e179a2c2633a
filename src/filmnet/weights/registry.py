"""The models that have a name, and where each lies.

The default comes with the package. The published ones lie in the cache folder once they are
imported or downloaded: `$FILMNET_CACHE`, else the system's cache folder (`~/.cache/filmnet`).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

DEFAULT = "small"
DRIVE = (
    "the Google Drive folder that the section “Pre-trained Models” of "
    "https://github.com/google-research/frame-interpolation links to"
)
RELEASE = "https://github.com/dajes/frame-interpolation-pytorch/releases/download/v1.0.2"


@dataclass(frozen=True, kw_only=True)
class Model:
    """Weights that can be asked for by name."""

    name: str
    description: str

    file: str
    """What it lies in where it is published; in the package, for the default."""

    origin: str
    """Who publishes it, or where it can be fetched by hand."""

    url: str | None = None
    """Where it can be fetched by program."""

    sha256: str | None = None
    """What the file there must have; of the published models nobody states it."""

    hint: str = ""
    """What else may be done when it is not there, as the end of a sentence."""

    @property
    def bundled(self) -> bool:
        """Whether it comes with the package."""
        return self.name == DEFAULT

    @property
    def path(self) -> Path:
        """Where it lies, or would lie, on this machine."""
        if self.bundled:
            return Path(__file__).parent / "data" / self.file
        return cache_folder() / f"{self.name}.safetensors"

    @property
    def how_to_get(self) -> str:
        """The way to this model by hand, as the second half of a sentence."""
        return (
            f"get {self.file} from {self.origin}, then run "
            f"`filmnet weights import {self.file} --name {self.name}`{self.hint}"
        )


def _published(variant: str, hint: str = "") -> Model:
    return Model(
        name=f"film-{variant.lower()}",
        description=f"published by the authors, trained with the {variant} loss",
        file=f"film_net/{variant}/saved_model",
        origin=DRIVE,
        hint=hint,
    )


def _converted(bits: int, megabytes: int) -> Model:
    return Model(
        name=f"film-style-fp{bits}",
        description=f"film-style as float{bits}, converted by dajes ({megabytes} MB)",
        file=f"film_net_fp{bits}.pt",
        origin="https://github.com/dajes/frame-interpolation-pytorch/releases/tag/v1.0.2",
        url=f"{RELEASE}/film_net_fp{bits}.pt",
    )


MODELS = {
    model.name: model
    for model in (
        Model(
            name=DEFAULT,
            description="the default: small, fast, any instant",
            file=f"{DEFAULT}.safetensors",
            origin="comes with filmnet",
        ),
        _published("L1"),
        _published("VGG"),
        _published("Style", hint=", or use film-style-fp32, which is downloaded"),
        _converted(16, 69),
        _converted(32, 138),
    )
}
"""Every registered model by its name."""


def cache_folder() -> Path:
    """Where imported and downloaded weights lie: per user, and safe to delete."""
    if folder := os.environ.get("FILMNET_CACHE"):
        return Path(folder).expanduser()
    if folder := os.environ.get("XDG_CACHE_HOME"):
        return Path(folder, "filmnet")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "filmnet"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home())), "filmnet", "Cache")
    return Path.home() / ".cache" / "filmnet"
