"""The blocks compiled by PyTorch for one size after the other, for GPUs.

The first frame of each size waits for the compiler; from then on a block is one replayed CUDA
graph, whose kernels need no launches of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor

from filmnet.interpolation.blocks import TorchBlocks
from filmnet.model import Film

Compile = Callable[[Callable[..., object]], Callable[..., object]]


def replayed(function: Callable[..., object]) -> Callable[..., object]:
    """Compile a function for fixed sizes, as a CUDA graph."""
    return torch.compile(function, mode="reduce-overhead", dynamic=False)


class CompiledBlocks:
    """FILM's blocks as `torch.compile` makes them.

    Args:
        model: the network, on its device and in its precision.
        compile_function: what compiles.
    """

    extra_bytes = 0
    by_size = True

    def __init__(self, model: Film, compile_function: Compile = replayed) -> None:
        self.config = model.config
        plain = TorchBlocks(model)
        self._column = compile_function(plain.column)
        self._residual_flow = compile_function(plain.residual_flow)
        self._fuse = compile_function(plain.fuse)

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """The extractor, of which no more is asked than it has."""
        made = self._column(image, min(stages, self.config.sub_levels))
        return [_kept(stage) for stage in cast(list[Tensor], made)]

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """The predictor; coarse levels share one, compiled once per size."""
        number = min(level, self.config.specialized_levels)
        return _kept(cast(Tensor, self._residual_flow(number, own, other)))

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """The decoder."""
        return _kept(cast(Tensor, self._fuse([list(level) for level in aligned])))


def _kept(made: Tensor) -> Tensor:
    """A copy: a CUDA graph writes its next output where it wrote the last one."""
    return made.clone()
