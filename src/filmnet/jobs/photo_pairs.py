"""How sure each step from photo to photo is, and the sentence about those that are not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filmnet.interpolation import Confidence


@dataclass(frozen=True, kw_only=True)
class PhotoPair:
    """Two neighbouring photos between which frames were made."""

    photo0: Path
    photo1: Path

    confidence: Confidence
    """How sure the frames between them are."""

    @property
    def warning(self) -> str | None:
        """What to expect where the photos fit badly, in one sentence."""
        if not self.confidence.is_low:
            return None
        return (
            f"{self.photo0.name} and {self.photo1.name} differ too much in "
            f"{self.confidence.describe()}; the result may show ghosts"
        )


class PairRecord:
    """Collects what an interpolator tells of each gap between photos.

    Args:
        paths: the photos, in order; the gap after the last leads to the first.
    """

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._pairs: list[PhotoPair] = []

    def add(self, gap: int, confidence: Confidence) -> None:
        """Note a gap's confidence."""
        after = self._paths[(gap + 1) % len(self._paths)]
        self._pairs.append(PhotoPair(photo0=self._paths[gap], photo1=after, confidence=confidence))

    @property
    def pairs(self) -> tuple[PhotoPair, ...]:
        """All pairs noted so far, in order."""
        return tuple(self._pairs)
