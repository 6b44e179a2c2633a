"""The published code's figures (tests/data/reference/README.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

REFERENCE = Path(__file__).parent / "data" / "reference"


def reference_array(file: str, key: str) -> torch.Tensor:
    """A figure of `tests/data/reference` as (1, C, H, W)."""
    with np.load(REFERENCE / file) as arrays:
        return torch.from_numpy(arrays[key]).permute(2, 0, 1)[None].float()
