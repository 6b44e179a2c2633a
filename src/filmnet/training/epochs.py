"""The order in which a finite set is visited: each item once per epoch, shuffled, by number.

    sample 0 … N-1    epoch 0, in an order of its own
    sample N … 2N-1   epoch 1, in another one

A sample's number decides its item: a run that resumes, a worker and another process agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class EpochOrder:
    """Shuffled visits of `count` items; only the current epoch's order is held."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self._epoch = -1
        self._order: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def __getitem__(self, number: int) -> int:
        """The item of sample `number`, counted over all epochs."""
        epoch, place = divmod(number, self.count)
        if epoch != self._epoch:
            self._order = np.random.default_rng([self.seed, epoch]).permutation(self.count)
            self._epoch = epoch
        return int(self._order[place])


def number_among(index: int, share: float) -> int | None:
    """The how manieth sample `index` is among those of a kind that makes up `share` of all.

    Samples of the kind are spread evenly: of any stretch of n samples, share x n belong to it,
    to within one.

    Args:
        index: number of the sample, from 0.
        share: in [0, 1].

    Returns:
        The number among its kind, from 0; None for a sample of the other kind.
    """
    before, after = int(index * share), int((index + 1) * share)
    return before if after > before else None
