from __future__ import annotations

import torch

from filmnet.interpolation.allocator import FreedMemory
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.planned_blocks import PlannedBlocks
from filmnet.model import Film


class Named(TorchBlocks):
    """Blocks that note their name in a list when they extract features."""

    def __init__(self, model: Film, name: str, calls: list[str]) -> None:
        super().__init__(model)
        self.name, self.calls = name, calls

    def column(self, image: torch.Tensor, stages: int) -> list[torch.Tensor]:
        self.calls.append(self.name)
        return super().column(image, stages)


class CountingMemory(FreedMemory):
    handed_back = 0

    def hand_back(self) -> bool:
        self.handed_back += 1
        return False


def test_frames_in_tiles_are_computed_in_their_own_way(tiny_model: Film) -> None:
    calls: list[str] = []
    blocks = PlannedBlocks(*(Named(tiny_model, name, calls) for name in ("whole", "tiled")))
    image = torch.zeros(1, 3, 8, 8)
    for whole in (True, False, True):
        blocks.follow(whole=whole, kept_bytes=0)
        blocks.column(image, 1)
    assert calls == ["whole", "tiled", "whole"]


def test_before_each_group_of_convolutions_freed_memory_is_handed_back(tiny_model: Film) -> None:
    freed = CountingMemory()
    plain = TorchBlocks(tiny_model)
    blocks = PlannedBlocks(plain, plain, freed)
    blocks.follow(whole=False, kept_bytes=12345)
    assert freed.allowed_bytes == 12345
    blocks.column(torch.zeros(1, 3, 8, 8), 1)
    assert freed.handed_back == 1


def test_the_way_that_takes_more_memory_counts(tiny_model: Film) -> None:
    whole, tiled = TorchBlocks(tiny_model), TorchBlocks(tiny_model)
    tiled.extra_bytes = 100
    assert PlannedBlocks(whole, tiled).extra_bytes == 100
