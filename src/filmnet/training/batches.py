"""A stage's batches: which samples a process computes, made beside the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader, Sampler

from filmnet.training.data import Sample, TripletDataset
from filmnet.training.recipe import Stage

if TYPE_CHECKING:
    from lightning_fabric import Fabric

PREFETCHED_BATCHES = 4
"""Per worker."""


def open_batches(
    fabric: Fabric, dataset: TripletDataset, first_step: int, workers: int
) -> Iterator[tuple[Sample, ...]]:
    """The rest of a stage: per step, this process's parts of the batch, on its device.

    Args:
        fabric: of the run, launched.
        dataset: the stage's samples.
        first_step: of the stage, at which to begin.
        workers: processes that make samples; with 0 the network waits for each batch.
    """
    stage = dataset.stage
    loader = DataLoader(
        dataset,
        batch_sampler=RankBatches(stage, first_step, fabric.global_rank, fabric.world_size),
        num_workers=workers,
        prefetch_factor=PREFETCHED_BATCHES if workers else None,
        worker_init_fn=_use_one_thread,
    )
    prepared: Any = fabric.setup_dataloaders(loader, use_distributed_sampler=False)
    parts: Iterator[Sample] = map(_channels_last, prepared)
    return zip(*[parts] * stage.accumulate, strict=True)


class RankBatches(Sampler[list[int]]):
    """Numbers of the samples that one process computes: per step, `accumulate` lists.

    Args:
        stage: whose samples they are.
        first_step: of the stage, at which to begin.
        rank: of the process.
        world_size: how many there are.
    """

    def __init__(self, stage: Stage, first_step: int, rank: int, world_size: int) -> None:
        self.stage = stage
        self.first_step = first_step
        self.rank = rank
        self.world_size = world_size

    def __len__(self) -> int:
        return (self.stage.steps - self.first_step) * self.stage.accumulate

    def __iter__(self) -> Iterator[list[int]]:
        size = self.stage.batch // (self.world_size * self.stage.accumulate)
        for step in range(self.first_step, self.stage.steps):
            for part in range(self.stage.accumulate):
                first = step * self.stage.batch + (part * self.world_size + self.rank) * size
                yield list(range(first, first + size))


def _channels_last(sample: Sample) -> Sample:
    """Laid out as convolutions read it fastest."""
    image0, truth, image1 = (
        image.contiguous(memory_format=torch.channels_last)
        for image in (sample.image0, sample.truth, sample.image1)
    )
    return sample._replace(image0=image0, truth=truth, image1=image1)


def _use_one_thread(_: int) -> None:
    """Workers prepare samples beside the network: one thread each, OpenCV's included."""
    import cv2

    cv2.setNumThreads(0)
    torch.set_num_threads(1)
