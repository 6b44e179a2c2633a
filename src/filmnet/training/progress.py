"""What a person sees of a running training."""

from __future__ import annotations

from types import TracebackType

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TrainingProgress:
    """A bar with steps, loss and time left, on stderr; lines above it for what is measured."""

    def __init__(self, steps: int, done: int, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self._task = self._progress.add_task("training", total=steps, completed=done, loss=0.0)

    def __enter__(self) -> TrainingProgress:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, step: int, loss: float) -> None:
        """Show that `step` steps are done, and the mean of the last losses."""
        self._progress.update(self._task, completed=step, loss=loss)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        if not self._progress.disable:
            self._progress.console.print(line, highlight=False, markup=False, soft_wrap=True)


def describe_training(
    name: str, network: torch.nn.Module, device: torch.device, precision: str, processes: int = 1
) -> str:
    """What is trained, where and how, in one line.

    Args:
        name: of the recipe.
        network: what is trained.
        device: on which it is.
        precision: as the recipe calls it.
        processes: how many compute.
    """
    parameters = sum(p.numel() for p in network.parameters()) / 1e6
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    line = f"training {name} ({parameters:.1f} M parameters), {kind}, {precision}"
    if processes > 1:
        line += f", {processes} processes"
    if device.type != "cpu":
        return line
    threads = torch.get_num_threads()
    return f"{line}, {threads} thread" + ("s" if threads > 1 else "")


def warn(line: str) -> None:
    """Print a line on stderr that a person must see, bar or no bar."""
    Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)
