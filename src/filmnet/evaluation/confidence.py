"""How sure a mean of paired differences is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean and where the true one lies with a confidence of 95 %."""

    mean: float
    low: float
    high: float


def paired_interval(differences: Sequence[float]) -> Interval:
    """Student's interval for the mean of paired differences.

    Args:
        differences: finite, one per triplet; a single one leaves the interval without bounds.

    Raises:
        ValueError: none is given.
    """
    if not len(differences):
        raise ValueError("a mean of no differences")
    values = np.asarray(differences, dtype=np.float64)
    mean = float(values.mean())
    if len(values) == 1:
        return Interval(mean, -np.inf, np.inf)
    error = float(values.std(ddof=1)) / np.sqrt(len(values))
    reach = float(student_quantile(len(values) - 1) * error)
    return Interval(mean, mean - reach, mean + reach)


def student_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """How many standard errors around the mean hold the true one.

    With t = √freedom · tan θ, Student's density becomes proportional to cos(θ)^(freedom − 1) on
    (−π/2, π/2), which is summed up; SciPy would be a large guest for this one number.

    Args:
        freedom: degrees of freedom, from 1.
        confidence: in (0, 1).
    """
    theta = np.linspace(-np.pi / 2, np.pi / 2, 200_001)
    density = np.cos(theta[:-1] + np.diff(theta) / 2) ** (freedom - 1)
    share = np.concatenate(([0.0], np.cumsum(density))) / density.sum()
    return float(np.sqrt(freedom) * np.tan(np.interp((1 + confidence) / 2, share, theta)))
