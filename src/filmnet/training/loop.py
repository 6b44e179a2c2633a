"""The training loop: Lightning Fabric, step by step, resumable at any checkpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.data import DataLoader

from filmnet.errors import RecipeError
from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.model import Film
from filmnet.training.checkpoint import Checkpoint, load_newest_checkpoint, save_checkpoint
from filmnet.training.data import Sample, TripletDataset
from filmnet.training.ema import ExponentialMovingAverage
from filmnet.training.losses import total_loss
from filmnet.training.progress import TrainingProgress
from filmnet.training.recipe import LossWeights, Recipe, Stage
from filmnet.training.report import RunReport
from filmnet.training.schedule import learning_rate


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Where a run reads and writes."""

    pack: Path
    """Prepared training material."""

    folder: Path
    """The run's own folder: checkpoints, metrics.csv, weights.safetensors."""

    triplets: tuple[Path, ...] = ()
    """Folders of triplets on which the run is measured now and then."""

    start: Path | None = None
    """Weights to start from instead of random ones."""

    resume: bool = False
    workers: int = 1
    accelerator: str = "auto"
    quiet: bool = False


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
        RecipeError: the folder holds another run, the material does not fit the recipe, or the
            loss is no longer a number.
    """
    keep_freed_memory()
    trainer = Trainer(recipe, run)
    trainer.fit()
    return trainer.report.write_weights(trainer.average.model, trainer.step, trainer.seconds)


class Trainer:
    """The state of a run in memory."""

    def __init__(self, recipe: Recipe, run: TrainingRun) -> None:
        self.recipe = recipe
        self.run = run
        self.step = 0
        self.seconds = 0.0
        self.fabric = Fabric(accelerator=run.accelerator, devices=1, precision=recipe.precision)
        model = _initial_model(recipe, run)
        self.average = ExponentialMovingAverage(model, recipe.optimization.ema_decay)
        optimizer = torch.optim.AdamW(
            model.parameters(),
            betas=recipe.optimization.betas,
            weight_decay=recipe.optimization.weight_decay,
            foreach=True,
        )
        objective = _Objective(model, recipe.losses)
        self.objective, self.optimizer = self.fabric.setup(objective, optimizer)
        self.average.model.to(self.fabric.device)
        self.model = model
        self._restore()
        self.report = RunReport(recipe, run.folder, run.triplets, self.fabric)

    def fit(self) -> None:
        """All steps that are left."""
        with TrainingProgress(self.recipe.steps, self.step, quiet=self.run.quiet) as progress:
            begin = time.monotonic() - self.seconds
            while self.step < self.recipe.steps:
                for sample in self._samples():
                    loss = self._train_step(sample)
                    self.step += 1
                    self.seconds = time.monotonic() - begin
                    self._after_step(loss, progress)

    def _samples(self) -> Iterator[Sample]:
        """The rest of the current stage."""
        number, begin = self.recipe.stage_at(self.step)
        stage = self.recipe.stages[number]
        dataset = TripletDataset(
            self.run.pack, stage, self.recipe.scenes, self.recipe.seed + 1000 * number
        )
        wanted = range((self.step - begin) * stage.batch, stage.steps * stage.batch)
        loader = DataLoader(
            dataset,
            batch_size=stage.batch,
            sampler=wanted,
            num_workers=self.run.workers,
            prefetch_factor=4 if self.run.workers else None,
            worker_init_fn=_one_thread,
        )
        batches: Iterator[Sample] = iter(self.fabric.setup_dataloaders(loader))
        return batches

    def _train_step(self, sample: Sample) -> Tensor:
        """One optimizer step; returns the loss, ()."""
        rate = learning_rate(self.step, self.recipe.steps, self.recipe.optimization)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss: Tensor = self.objective(_channels_last(sample), self.step)
        self.fabric.backward(loss)
        clip = self.recipe.optimization.clip_norm
        self.fabric.clip_gradients(self.objective, self.optimizer, max_norm=clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update(self.model, self.step)
        return loss.detach()

    def _after_step(self, loss: Tensor, progress: TrainingProgress) -> None:
        value = float(loss)
        if value != value or value == float("inf"):
            raise RecipeError(
                f"{self.run.folder}: the loss is {value} at step {self.step}; lower learning_rate "
                f"and continue with --resume from the last checkpoint"
            )
        progress.advance(self.step, value)
        if self.step % self.recipe.checkpoint_every == 0 or self.step == self.recipe.steps:
            save_checkpoint(self.run.folder / "checkpoints", self._checkpoint())
            rate = self.optimizer.param_groups[0]["lr"]
            self.report.log(self.step, progress.mean_loss(), rate, self.seconds)
        if self.step % self.recipe.evaluate_every == 0 or self.step == self.recipe.steps:
            for line in self.report.evaluate(self.average.model, self.step, self.seconds):
                progress.say(line)

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            step=self.step,
            recipe=self.recipe.to_dict(),
            model=self.model.state_dict(),
            average=self.average.model.state_dict(),
            optimizer=self.optimizer.state_dict(),
            seconds=self.seconds,
        )

    def _restore(self) -> None:
        """Go on from the newest checkpoint if asked; else insist on a folder without one."""
        folder = self.run.folder / "checkpoints"
        checkpoint = load_newest_checkpoint(folder)
        if checkpoint is None:
            return
        if not self.run.resume:
            raise RecipeError(
                f"{self.run.folder}: holds a run of {checkpoint.step} steps; "
                f"continue it with --resume or name another folder"
            )
        if checkpoint.recipe["model"] != self.recipe.to_dict()["model"]:
            raise RecipeError(
                f"{self.run.folder}: its checkpoint has another [model]; name another folder"
            )
        self.step, self.seconds = checkpoint.step, checkpoint.seconds
        self.model.load_state_dict(checkpoint.model)
        self.average.model.load_state_dict(checkpoint.average)
        self.optimizer.load_state_dict(checkpoint.optimizer)


def _initial_model(recipe: Recipe, run: TrainingRun) -> Film:
    """A network with seeded random weights, or with the weights to start from."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = Film(recipe.model)
    if run.start is not None:
        from filmnet.weights import load_weights

        loaded = load_weights(run.start)
        if loaded.info.config != recipe.model:
            raise RecipeError(f"{run.start}: weights of another architecture than [model]")
        model.load_state_dict(loaded.state_dict)
    if recipe.model.output == "blend" and run.start is None:
        nn.init.zeros_(model.fusion.head.weight)
    return model.use_channels_last()


def _channels_last(sample: Sample) -> Sample:
    images = (x.contiguous(memory_format=torch.channels_last) for x in sample[:3])
    image0, truth, image1 = images
    return sample._replace(image0=image0, truth=truth, image1=image1)


def _one_thread(_: int) -> None:
    """Workers prepare samples beside the network: one thread each, OpenCV's included."""
    import cv2

    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def shorten(recipe: Recipe, steps: int) -> Recipe:
    """The same recipe with its last stage ending at `steps`, so that a run comes to rest there.

    Raises:
        RecipeError: an earlier stage lasts longer than that.
    """
    before = sum(stage.steps for stage in recipe.stages[:-1])
    if steps <= before:
        raise RecipeError(f"{recipe.name}: the stages before the last take {before} steps alone")
    last: Stage = replace(recipe.stages[-1], steps=steps - before)
    return replace(recipe, stages=(*recipe.stages[:-1], last))
