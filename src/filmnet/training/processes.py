"""The processes of a run: one, several on a machine, or several machines; who does which samples.

    filmnet train …                                   one process
    filmnet train … --devices 4                       four, started by this one
    torchrun --nproc-per-node 4 -m filmnet train …    four, started by torchrun

A step's batch is the recipe's, whatever their number: each process computes an equal part, and
the gradients are averaged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from filmnet.errors import RecipeError
from filmnet.interpolation import choose_device
from filmnet.training.recipe import Precision, Stage

if TYPE_CHECKING:
    from lightning_fabric import Fabric

LONGEST_WAIT = timedelta(hours=12)
"""For a process that still cuts the training material, or evaluates."""


@dataclass(frozen=True, kw_only=True)
class Processes:
    """How many processes compute a run.

    Raises:
        ValueError: none at all.
    """

    devices: int = 1
    """On each machine; a GPU each, or on CPUs a share of the cores."""

    nodes: int = 1
    """Machines."""

    def __post_init__(self) -> None:
        if min(self.devices, self.nodes) < 1:
            raise ValueError(f"{self.devices} devices on {self.nodes} nodes train nothing")

    @property
    def count(self) -> int:
        return self.devices * self.nodes


def as_launched(asked: Processes) -> Processes:
    """The processes that torchrun has started, or else those asked for."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return asked
    devices = int(os.environ["LOCAL_WORLD_SIZE"])
    return Processes(devices=devices, nodes=int(os.environ["WORLD_SIZE"]) // devices)


def is_first_process() -> bool:
    """Whether this process is the only one, or the first of its machine."""
    return int(os.environ.get("LOCAL_RANK", "0")) == 0


def is_lost_connection(error: BaseException) -> bool:
    """Whether PyTorch says with this error that another process of the run is gone."""
    text = str(error)
    return isinstance(error, RuntimeError) and any(
        words in text for words in ("Connection closed by peer", "Connection reset by peer", "NCCL")
    )


def make_fabric(device: str, precision: Precision, processes: Processes) -> Fabric:
    """Lightning Fabric on a device, not yet launched.

    Raises:
        RecipeError: Lightning Fabric is not installed.
        DeviceError: no such device.
    """
    try:
        from lightning_fabric import Fabric
        from lightning_fabric.strategies.ddp import DDPStrategy
    except ImportError as error:
        raise RecipeError(
            "training needs lightning-fabric: pip install 'filmnet[train]'"
        ) from error
    chosen = choose_device(device)
    devices: Any = processes.devices if chosen.index is None else [chosen.index]
    several = processes.count > 1
    return Fabric(
        accelerator=chosen.type,
        devices=devices,
        num_nodes=processes.nodes,
        strategy=DDPStrategy(timeout=LONGEST_WAIT) if several else "auto",
        precision=precision,
    )


def check_batches(stages: tuple[Stage, ...], processes: Processes) -> None:
    """Refuse batches that cannot be shared out evenly.

    Raises:
        RecipeError: a stage's batch is no multiple of the processes and its own parts.
    """
    for number, stage in enumerate(stages, 1):
        parts = processes.count * stage.accumulate
        if stage.batch % parts:
            raise RecipeError(
                f"[[stages]] {number}: a batch of {stage.batch} cannot be shared by "
                f"{processes.count} processes in {stage.accumulate} parts each; "
                f"make it a multiple of {parts}"
            )
