"""Which network a job uses and how it is computed: what goes to `filmnet.load`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filmnet.interpolation import Interpolator


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """Options of `filmnet.load`, where they are explained."""

    weights: str | Path | None = None
    device: str = "auto"
    precision: str = "auto"
    memory: str | int | None = None
    tile: int | None = None
    optimize: str = "auto"
    tta: int = 1

    def load(self, *, frames: int) -> Interpolator:
        """Load the network for so many frames; only here is the network imported.

        Raises:
            FilmnetError: weights, device or options that cannot be used.
        """
        from filmnet.interpolation import load

        options = asdict(self)
        return load(options.pop("weights"), **options, frames=frames)
