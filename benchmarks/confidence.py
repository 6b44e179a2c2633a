"""Does the confidence foretell the error? Its rank correlation with PSNR on folders of triplets.

    python benchmarks/confidence.py SET [SET …] [--weights NAME_OR_FILE]

The middle frame of each triplet is made and compared with the true one; beside it stand what
`Interpolator.confidence` says of the two inputs, and what else it might have been made of.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import filmnet
from filmnet.evaluation.kinds import Kind, Protocol
from filmnet.evaluation.metrics import psnr
from filmnet.evaluation.sets import EvaluationSet, find_sets
from filmnet.interpolation import Confidence, Interpolator
from filmnet.media.pixels import to_tensor

GHOSTS_PSNR = 20.0
"""In dB; on the pictures looked at, ghosts are plain below that."""

PARTS = ("value", "error", "brightness", "flow_error_px", "flow_error", "hidden", "motion_px")


def judge(interpolator: Interpolator, triplets: EvaluationSet) -> list[tuple[Confidence, float]]:
    """Confidence and PSNR of each triplet."""
    judged = []
    for sample in triplets.read():
        told: list[Confidence] = []
        (made,) = interpolator.between(
            sample.image0, sample.image1, count=1, on_pair=lambda _, c, told=told: told.append(c)
        )
        judged.append((told[0], float(psnr(to_tensor(made), to_tensor(sample.truth)))))
    return judged


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's: the correlation of ranks, equal values sharing theirs."""
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def ranks(values: Sequence[float]) -> np.ndarray:
    """From 0, equal values at the mean of their places."""
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[groups]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    interpolator = filmnet.load(arguments.weights)
    print(interpolator.describe())
    for triplets in find_sets(Kind.triplets, arguments.sets, Protocol.community):
        judged = judge(interpolator, triplets)
        scores = [score for _, score in judged]
        low = {i for i, (confidence, _) in enumerate(judged) if confidence.is_low}
        bad = {i for i, score in enumerate(scores) if score < GHOSTS_PSNR}
        print(f"{triplets.name}: {len(judged)} triplets, PSNR {np.mean(scores):.2f} dB")
        for part in PARTS:
            sign = 1 if part == "value" else -1
            figures = [sign * getattr(confidence, part) for confidence, _ in judged]
            print(f"  {part:14} rank correlation {rank_correlation(figures, scores):+.3f}")
        print(f"  low: {len(low)}; of the {len(bad)} below {GHOSTS_PSNR:g} dB: {len(low & bad)}")


if __name__ == "__main__":
    main()
