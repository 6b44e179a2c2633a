"""TensorBoard's files."""

from __future__ import annotations

from pathlib import Path

from filmnet.model import FilmOutput
from filmnet.training.data import Sample


class Summaries:
    """Writes a run's curves and pictures."""

    def __init__(self, folder: Path, step: int) -> None:
        self.folder = folder
        self.step = step

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Add figures."""

    def images(self, step: int, sample: Sample, output: FilmOutput) -> None:
        """Add pictures."""
