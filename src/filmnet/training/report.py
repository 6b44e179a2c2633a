"""What a run leaves beside its checkpoints: metrics.csv and the weights."""

from __future__ import annotations

import csv
import platform
from collections.abc import Iterator
from pathlib import Path

import torch
from lightning_fabric import Fabric

from filmnet.evaluation.triplets import evaluate_triplets
from filmnet.model import Film
from filmnet.training.recipe import Recipe

METRICS_FILE = "metrics.csv"
WEIGHTS_FILE = "weights.safetensors"


class RunReport:
    """Writes a run's figures as they come."""

    def __init__(
        self, recipe: Recipe, folder: Path, triplets: tuple[Path, ...], fabric: Fabric
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.triplets = triplets
        self.fabric = fabric
        self.metrics: dict[str, float] = {}

    def log(self, step: int, loss: float, rate: float, seconds: float) -> None:
        """Add the loss to metrics.csv."""
        self._add(step, seconds, {"loss": loss, "learning_rate": rate})

    def evaluate(self, model: Film, step: int, seconds: float) -> Iterator[str]:
        """Measure on every folder of triplets; a line for each."""
        for folder in self.triplets:
            mean = evaluate_triplets(model, folder, self.recipe.padding, self.fabric)
            self.metrics[folder.name] = round(mean, 3)
            self._add(step, seconds, {folder.name: mean})
            yield f"step {step}, {seconds / 60:.0f} min: {folder.name} {mean:.2f} dB"
        self.write_weights(model, step, seconds)

    def write_weights(self, model: Film, step: int, seconds: float) -> Path:
        """Write the averaged weights in half precision, with what is known of them."""
        from filmnet.weights import WeightsInfo, save_weights

        training = {
            "recipe": self.recipe.to_dict(),
            "steps": step,
            "hours": round(seconds / 3600, 3),
            "hardware": _hardware(self.fabric.device),
        }
        info = WeightsInfo(
            name=self.recipe.name,
            config=self.recipe.model,
            licence=self.recipe.licence,
            times="any",
            padding=self.recipe.padding,
            training=training,
            metrics=dict(self.metrics),
        )
        path = self.folder / WEIGHTS_FILE
        state = {k: v.half().contiguous() for k, v in model.state_dict().items()}
        save_weights(path, state, info, overwrite=True)
        return path

    def _add(self, step: int, seconds: float, values: dict[str, float]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / METRICS_FILE).open("a", newline="") as file:
            rows = csv.writer(file)
            for name, value in values.items():
                rows.writerow([step, f"{seconds:.0f}", name, f"{value:.6g}"])


def _hardware(device: torch.device) -> str:
    """The device in words, without the machine's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} CPU threads ({platform.machine()})"
