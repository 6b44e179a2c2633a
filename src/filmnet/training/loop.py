"""The training loop: Lightning Fabric, step by step, resumable at any checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from filmnet.errors import RecipeError
from filmnet.evaluation.triplets import find_triplets
from filmnet.interpolation import choose_device
from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.model import Film
from filmnet.training.checkpoint import Checkpoint, load_newest_checkpoint, save_checkpoint
from filmnet.training.data import Sample, TripletDataset
from filmnet.training.ema import ExponentialMovingAverage
from filmnet.training.losses import total_loss
from filmnet.training.progress import TrainingProgress, describe_training, warn
from filmnet.training.recipe import LossWeights, Recipe
from filmnet.training.report import RunReport
from filmnet.training.schedule import learning_rate
from filmnet.weights import load_weights

if TYPE_CHECKING:
    from lightning_fabric import Fabric

PREFETCHED_BATCHES = 4
"""Per worker."""


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Where a run reads and writes."""

    pack: Path
    """Prepared training material."""

    folder: Path
    """The run's own folder: checkpoints, metrics.csv, weights.safetensors."""

    triplets: tuple[Path, ...] = ()
    """Folders of triplets on which the run is measured now and then."""

    start: str | Path | None = None
    """Registered name or file of weights to start from instead of random ones."""

    resume: bool = False
    """Go on from the folder's newest checkpoint, if there is one."""

    workers: int = 1
    """Processes that make samples beside the network; with 0 it waits for each batch."""

    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `cuda:N` or `mps`."""

    quiet: bool = False
    """No progress on the terminal."""


class _Objective(nn.Module):
    """The network and its loss as one forward pass, which Fabric wraps."""

    def __init__(self, model: Film, weights: LossWeights) -> None:
        super().__init__()
        self.model = model
        self.weights = weights

    def forward(self, sample: Sample, step: int) -> Tensor:
        output = self.model(sample.image0, sample.image1, sample.t)
        return total_loss(output, sample, self.weights, step)


def train(recipe: Recipe, run: TrainingRun) -> Path:
    """Train a network.

    Args:
        recipe: what to do.
        run: where.

    Returns:
        The weights' file, `run.folder / "weights.safetensors"`.

    Raises:
        RecipeError: the folder holds another run, the material does not fit the recipe, the loss
            is no longer a number, or Lightning Fabric is not installed.
        InputError: a folder of triplets cannot be used.
        OutputError: the run's folder cannot be written.
        DeviceError: no such device.
        WeightsError: the weights to start from cannot be used.
    """
    keep_freed_memory()
    trainer = Trainer(recipe, run)
    trainer.fit()
    return trainer.deliver()


class Trainer:
    """The state of a run in memory: made new, or as its newest checkpoint has it."""

    def __init__(self, recipe: Recipe, run: TrainingRun) -> None:
        self.recipe = recipe
        self.run = run
        self.step = 0
        self.seconds = 0.0
        self.fabric = _fabric(recipe, run)
        checkpoint = _checkpoint_to_resume(recipe, run)
        self.datasets = _datasets(recipe, run)
        for folder in run.triplets:
            find_triplets(folder)
        self.model = _initial_model(recipe, run.start if checkpoint is None else None)
        self.average = ExponentialMovingAverage(self.model, recipe.optimization.ema_decay)
        optimizer = torch.optim.AdamW(
            _parameter_groups(self.model, recipe.optimization.fusion_rate),
            betas=recipe.optimization.betas,
            weight_decay=recipe.optimization.weight_decay,
            foreach=True,
        )
        objective = _Objective(self.model, recipe.losses)
        self.objective, self.optimizer = self.fabric.setup(objective, optimizer)
        self.average.model.to(self.fabric.device)
        if checkpoint is not None:
            self._restore(checkpoint)
        self.report = RunReport(recipe, run.folder, run.triplets, self.fabric.device, self.step)
        self.progress = TrainingProgress(recipe.steps, self.step, quiet=run.quiet)

    def fit(self) -> None:
        """All steps that are left, after a line that says what runs where."""
        self.progress.say(
            describe_training(
                self.recipe.name, self.model, self.fabric.device, self.recipe.precision
            )
        )
        begin = time.monotonic() - self.seconds
        with self.progress:
            while self.step < self.recipe.steps:
                for sample in self._samples():
                    loss = self._train_step(sample)
                    self.step += 1
                    self.seconds = time.monotonic() - begin
                    self._after_step(loss)

    def deliver(self) -> Path:
        """Measure the averaged weights and write them; returns their file."""
        for line in self.report.evaluate(self.average.model, self.step, self.seconds):
            self.progress.say(line)
        return self.report.write_weights(self.average.model, self.step, self.seconds)

    def _samples(self) -> Iterator[Sample]:
        """The rest of the current stage."""
        number, begin = self.recipe.stage_at(self.step)
        stage = self.recipe.stages[number]
        loader = DataLoader(
            self.datasets[number],
            batch_size=stage.batch,
            sampler=range((self.step - begin) * stage.batch, stage.steps * stage.batch),
            num_workers=self.run.workers,
            prefetch_factor=PREFETCHED_BATCHES if self.run.workers else None,
            worker_init_fn=_use_one_thread,
        )
        prepared: Any = self.fabric.setup_dataloaders(loader)
        batches: Iterator[Sample] = iter(prepared)
        return batches

    def _train_step(self, sample: Sample) -> float:
        """One optimizer step; returns the loss.

        Raises:
            RecipeError: loss or gradient is not finite; the network is as it was before.
        """
        rate = learning_rate(self.step, self.recipe.steps, self.recipe.optimization)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        loss: Tensor = self.objective(_channels_last(sample), self.step)
        self.fabric.backward(loss)
        value, norm = float(loss.detach()), self._clip_gradients()
        if not math.isfinite(value) or not math.isfinite(norm):
            raise RecipeError(
                f"{self.run.folder}: loss {value:g} and gradient {norm:g} at step {self.step}; "
                f"lower learning_rate in the recipe and continue with --resume"
            )
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update(self.model, self.step)
        return value

    def _clip_gradients(self) -> float:
        """Shorten the gradient to the recipe's norm; returns the norm that it had."""
        norm = self.fabric.clip_gradients(
            self.objective,
            self.optimizer,
            max_norm=self.recipe.optimization.clip_norm,
            error_if_nonfinite=False,
        )
        return float(cast(Tensor, norm))

    def _after_step(self, loss: float) -> None:
        """Show the step, and now and then save and measure."""
        self.progress.advance(self.step, loss)
        is_last = self.step == self.recipe.steps
        if self.step % self.recipe.checkpoint_every == 0 or is_last:
            save_checkpoint(self.run.folder / "checkpoints", self._checkpoint())
            rate = self.optimizer.param_groups[0]["lr"]
            self.report.log(self.step, self.progress.mean_loss(), rate, self.seconds)
        if self.step % self.recipe.evaluate_every == 0 and not is_last:
            self.deliver()

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            step=self.step,
            recipe=self.recipe.to_dict(),
            model=self.model.state_dict(),
            average=self.average.model.state_dict(),
            optimizer=self.optimizer.state_dict(),
            seconds=self.seconds,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.step, self.seconds = checkpoint.step, checkpoint.seconds
        self.model.load_state_dict(checkpoint.model)
        self.average.model.load_state_dict(checkpoint.average)
        self.optimizer.load_state_dict(checkpoint.optimizer)


def _fabric(recipe: Recipe, run: TrainingRun) -> Fabric:
    """Lightning Fabric on the run's device, in the recipe's precision."""
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise RecipeError(
            "training needs lightning-fabric: pip install 'filmnet[train]'"
        ) from error
    device = choose_device(run.device)
    devices = 1 if device.index is None else [device.index]
    return Fabric(accelerator=device.type, devices=devices, precision=recipe.precision)


def _checkpoint_to_resume(recipe: Recipe, run: TrainingRun) -> Checkpoint | None:
    """The newest checkpoint if there is one; then the run must have been told to resume."""
    checkpoint = load_newest_checkpoint(run.folder / "checkpoints", warn)
    if checkpoint is None:
        return None
    if not run.resume:
        raise RecipeError(
            f"{run.folder}: holds a run of {checkpoint.step} steps; "
            f"continue it with --resume or name another folder"
        )
    if checkpoint.recipe["model"] != recipe.to_dict()["model"]:
        raise RecipeError(
            f"{run.folder}: its checkpoint has another [model] than the recipe; name another folder"
        )
    return checkpoint


def _datasets(recipe: Recipe, run: TrainingRun) -> list[TripletDataset]:
    """The samples of every stage, so that what is missing shows before the first step."""
    return [
        TripletDataset(run.pack, stage, recipe.scenes, recipe.seed + 1000 * number)
        for number, stage in enumerate(recipe.stages)
    ]


def _initial_model(recipe: Recipe, start: str | Path | None) -> Film:
    """A network with seeded random weights, or with the weights to start from."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = Film(recipe.model)
    if start is not None:
        loaded = load_weights(start)
        if loaded.info.config != recipe.model:
            raise RecipeError(
                f"{start}: weights of another architecture than the recipe's [model]; "
                f"`filmnet weights info` shows theirs"
            )
        model.load_state_dict(loaded.state_dict)
    elif recipe.model.output == "blend":
        # The blend starts even. The correction's kernel must not start at zero: fusion would
        # then get no gradient through it, and its corrections stay at nothing.
        nn.init.zeros_(model.fusion.head.weight[3:])
    return model.use_channels_last()


def _parameter_groups(model: Film, fusion_rate: float) -> list[dict[str, Any]]:
    """What the optimizer adjusts, each with its multiple of the learning rate."""
    motion = [*model.extractor.parameters(), *model.flow.parameters()]
    return [
        {"params": motion, "rate": 1.0},
        {"params": list(model.fusion.parameters()), "rate": fusion_rate},
    ]


def _channels_last(sample: Sample) -> Sample:
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
