"""PSNR on a folder of triplets, of a method and of the plain average: what training looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filmnet.evaluation.kinds import Kind, Protocol
from filmnet.evaluation.methods import Midpoint, by_midpoint
from filmnet.evaluation.panel import PSNR
from filmnet.evaluation.scoring import score_set
from filmnet.evaluation.sets import find_sets


@dataclass(frozen=True, kw_only=True)
class TripletScore:
    """How close the made frames of a set come to the true ones."""

    name: str
    """Of the set's folder."""

    triplets: int

    psnr: float
    """Mean over the triplets, in dB; of frames rounded to the inputs' depth."""

    average_psnr: float
    """The same for the plain average of the two inputs: what any network has to beat."""


def evaluate_triplets(
    midpoint: Midpoint, folder: Path, report: Callable[[int, int], None] = lambda *_: None
) -> TripletScore:
    """Make the middle frame of every triplet and compare, by the community's protocol.

    Args:
        midpoint: the method; takes and gives (H, W, 3) arrays, uint8 or uint16.
        folder: a folder of triplets.
        report: told how many triplets are done, and of how many.

    Raises:
        InputError: the folder, or a picture in it, cannot be used.
    """
    (triplets,) = find_sets(Kind.triplets, [folder], Protocol.community)
    scores = score_set(triplets, by_midpoint(midpoint), [PSNR], Protocol.community, report=report)
    return TripletScore(
        name=scores.name,
        triplets=len(scores.values),
        psnr=scores.mean("psnr"),
        average_psnr=scores.average_psnr,
    )
