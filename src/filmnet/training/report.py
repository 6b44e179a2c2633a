"""What a run leaves beside its checkpoints: metrics.csv and the weights.

metrics.csv has a line per figure, `step,seconds,name,value`: the losses, the learning rate and the
speed at each checkpoint, the mean PSNR on each folder of triplets at each evaluation. The same goes
to TensorBoard's files in summaries/, with pictures of a batch at each evaluation.
"""

from __future__ import annotations

import csv
import platform
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from filmnet.errors import OutputError
from filmnet.evaluation.triplets import evaluate_triplets
from filmnet.interpolation import Interpolator, choose_precision
from filmnet.interpolation.engine import Engine
from filmnet.model import Film, FilmOutput
from filmnet.training.data import Sample
from filmnet.training.recipe import Recipe
from filmnet.training.summaries import Summaries
from filmnet.training.watch import LossValues
from filmnet.weights import WeightsInfo, save_weights

METRICS_FILE = "metrics.csv"
METRICS_COLUMNS = ("step", "seconds", "name", "value")
WEIGHTS_FILE = "weights.safetensors"
SUMMARIES_FOLDER = "summaries"


class RunReport:
    """Writes a run's figures as they come.

    Args:
        recipe: of the run.
        folder: the run's; figures in it of steps after `step` are dropped.
        triplets: folders on which the run is measured.
        device: where the run computes.
        step: steps that are done when the run begins or goes on.
        seconds: that they took.
        vgg: which VGG-19 judges the pictures, if one does.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        triplets: tuple[Path, ...],
        device: torch.device,
        step: int,
        *,
        seconds: float = 0.0,
        vgg: dict[str, Any] | None = None,
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.triplets = triplets
        self.device = device
        self.vgg = vgg
        self.metrics: dict[str, float] = {}
        self._last = (step, seconds)
        self._rewind(step)
        self._summaries = Summaries(folder / SUMMARIES_FOLDER, step)

    def log(self, step: int, losses: LossValues, rate: float, seconds: float) -> None:
        """Add the losses that count, the learning rate and the speed."""
        values = {"loss": losses.total}
        values |= {name: getattr(losses, name) for name in self._counted}
        values["learning_rate"] = rate
        values["steps_per_second"] = self._speed(step, seconds)
        self._add(step, seconds, values)

    def show(self, step: int, sample: Sample, output: FilmOutput) -> None:
        """Add pictures of a batch to the summaries: inputs, truth, prediction, flows."""
        self._summaries.images(step, sample, output)

    def evaluate(self, model: Film, step: int, seconds: float) -> Iterator[str]:
        """Measure on every folder of triplets; a line for each.

        The network runs as it will for users: in the device's best precision.
        """
        dtype = choose_precision("auto", self.device)
        engine = Engine(model, self.recipe.padding, self.device, dtype)
        interpolator = Interpolator(engine, self._info(step, seconds))
        for folder in self.triplets:
            score = evaluate_triplets(interpolator.midpoint, folder)
            self.metrics[score.name] = round(score.psnr, 3)
            self._add(step, seconds, {score.name: score.psnr})
            yield f"step {step}, {seconds / 60:.0f} min: {score.name} {score.psnr:.2f} dB"

    def write_weights(self, model: Film, step: int, seconds: float) -> Path:
        """Write the averaged weights in half precision, with what is known of them.

        Raises:
            OutputError: they cannot be written.
        """
        info = self._info(step, seconds)
        path = self.folder / WEIGHTS_FILE
        save_weights(path, model.state_dict(), info, dtype=torch.float16, overwrite=True)
        return path

    @property
    def _counted(self) -> list[str]:
        """The losses that count at some step."""
        weights = self.recipe.losses
        guides = [name for name in ("flow", "warped") if getattr(weights, name) > 0]
        scheduled = [
            n for n in ("l1", "vgg", "style") if any(w > 0 for _, w in getattr(weights, n))
        ]
        return scheduled + guides

    def _speed(self, step: int, seconds: float) -> float:
        """Steps per second since the last call."""
        (last_step, last_seconds), self._last = self._last, (step, seconds)
        return (step - last_step) / max(seconds - last_seconds, 1e-9)

    def _info(self, step: int, seconds: float) -> WeightsInfo:
        return WeightsInfo(
            name=self.recipe.name,
            config=self.recipe.model,
            licence=self.recipe.licence,
            times=self.recipe.times,
            padding=self.recipe.padding,
            training={
                "recipe": self.recipe.to_dict(),
                "steps": step,
                "hours": round(seconds / 3600, 3),
                "hardware": _hardware(self.device),
            }
            | ({"vgg": self.vgg} if self.vgg else {}),
            metrics=dict(self.metrics),
        )

    def _rewind(self, step: int) -> None:
        """Start metrics.csv, or keep of it what belongs to the steps that are done."""
        path = self.folder / METRICS_FILE
        kept = []
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                kept = [r for r in csv.reader(file) if r and r[0].isdigit() and int(r[0]) <= step]
        partial = path.with_suffix(".part")  # killed here, a run keeps the figures of days
        self._write(partial, "w", [METRICS_COLUMNS, *kept])
        partial.replace(path)

    def _add(self, step: int, seconds: float, values: dict[str, float]) -> None:
        rows = [(step, f"{seconds:.0f}", name, f"{value:.6g}") for name, value in values.items()]
        self._write(self.folder / METRICS_FILE, "a", rows)
        self._summaries.scalars(step, values)

    def _write(self, path: Path, mode: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open(mode, newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _hardware(device: torch.device) -> str:
    """The device in words, without the machine's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} CPU threads ({platform.machine()})"
