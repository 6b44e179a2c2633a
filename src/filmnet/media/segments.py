"""A long video written in pieces that outlive a crash, then joined without encoding again.

    OUT's folder/.filmnet-OUT/   manifest.json   00000.mkv  00001.mkv  …

Every run writes the same pieces, so that one that was killed and resumed gives the same frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmnet.media.pixels import Picture
from filmnet.media.soundtrack import SoundtrackPlan
from filmnet.media.video_plan import VideoPlan


@dataclass(frozen=True, kw_only=True)
class WrittenVideo:
    """Facts of the finished file, counted by reading it again."""

    path: Path
    """The target."""

    frames: int
    """Pictures in it."""

    seconds: Fraction
    """How long the pictures last."""

    remarks: tuple[str, ...]
    """What was met while writing that the plans did not foresee: sentences."""


class SegmentedOutput:
    """A video being written in pieces; see `open_segmented_output`."""

    frames: int
    """Pictures that are there: kept ones of an earlier run, then also those written."""

    remarks: tuple[str, ...]
    """That it starts afresh although work is kept, or that nothing is there to resume."""

    def write(self, picture: Picture) -> None:
        """Append picture number `frames`: (H, W, 3), or (H, W, 4) if the plan has alpha.

        Raises:
            OutputError: it cannot be written; finished pieces are kept.
        """
        raise NotImplementedError

    def finish(self, soundtrack: SoundtrackPlan) -> WrittenVideo:
        """Join the pieces with everything else, check the file, give it its name, clean up.

        Raises:
            OutputError: it cannot be written; finished pieces are kept.
        """
        raise NotImplementedError


@contextmanager
def open_segmented_output(
    plan: VideoPlan,
    *,
    source: Path,
    settings: Mapping[str, str],
    resume: bool,
    frames_per_segment: int | None = None,
) -> Iterator[SegmentedOutput]:
    """Write a video in pieces beside its target, kept until `finish` when the block ends early.

    Args:
        plan: what is written.
        source: the input; its size, time and first bytes tell it from others.
        settings: whatever else decides the pictures: options, weights (hash), version.
        resume: go on with kept pieces; else they are removed.
        frames_per_segment: length of a piece; None for what suits size and rate.

    Yields:
        What takes the pictures from number `frames` on.

    Raises:
        OutputError: kept pieces that are of another source or other settings, or that
            another run is writing at this moment.
    """
    raise NotImplementedError
    yield
