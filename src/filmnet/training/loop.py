"""The training loop: Lightning Fabric, step by step, resumable at any checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast

import torch
from torch import Tensor, nn

from filmnet.errors import RecipeError
from filmnet.evaluation.samples import find_triplets
from filmnet.interpolation.allocator import keep_freed_memory
from filmnet.training.batches import open_batches
from filmnet.training.checkpoint import Checkpoint, last_good_checkpoint, save_checkpoint
from filmnet.training.data import Sample
from filmnet.training.ema import ExponentialMovingAverage
from filmnet.training.losses import Losses
from filmnet.training.objective import Objective
from filmnet.training.optimizer import make_optimizer, prepare_step
from filmnet.training.pack import pack_for_run
from filmnet.training.preparation import Report, tell_nobody
from filmnet.training.processes import (
    as_launched,
    check_batches,
    is_first_process,
    make_fabric,
)
from filmnet.training.progress import TrainingProgress, describe_training
from filmnet.training.recipe import Recipe
from filmnet.training.report import WEIGHTS_FILE, RunReport
from filmnet.training.start import (
    TrainingRun,
    checkpoint_to_resume,
    initial_model,
    open_datasets,
    vgg_facts,
)
from filmnet.training.watch import LossValues, LossWatch
from filmnet.weights import load_vgg19


def train(recipe: Recipe, run: TrainingRun) -> Path:
    """Train a network.

    Args:
        recipe: what to do.
        run: where.

    Returns:
        The weights' file, `run.folder / "weights.safetensors"`.

    Raises:
        RecipeError: the folder holds another run, the material or the processes do not fit the
            recipe, the loss is no longer a number or explodes, or a package is not installed.
        InputError: a folder of triplets cannot be used.
        OutputError: the run's folder cannot be written.
        DeviceError: no such device.
        WeightsError: the weights to start from, or VGG-19's, cannot be used.
    """
    trainer = Trainer(recipe, run)
    trainer.fit()
    return trainer.deliver()


class Trainer:
    """The state of a run in memory: made new, or as its newest checkpoint has it.

    Args:
        recipe: what to do.
        run: where; raw material is cut into `run.folder / "pack"` first.
        report: told of each clip and photo that is cut.

    Raises:
        As `train`, before anything is computed.
    """

    def __init__(
        self,
        recipe: Recipe,
        run: TrainingRun,
        report: Report = tell_nobody,
    ) -> None:
        keep_freed_memory()
        self.recipe = recipe
        self.run = run
        self.step = 0
        self.seconds = 0.0
        processes = as_launched(run.processes)
        check_batches(recipe.stages, processes)
        self.fabric = make_fabric(run.device, recipe.precision, processes)
        self._check_compile()
        if not is_first_process():
            self.fabric.launch()  # waits until the first has cut the material and checked it all
        self.vgg = load_vgg19(run.vgg) if recipe.losses.need_vgg else None
        checkpoint = checkpoint_to_resume(recipe, run, self.vgg)
        data = pack_for_run(run.data, run.folder, recipe.pack, report)
        self.datasets = open_datasets(recipe, data)
        for folder in run.triplets:
            find_triplets(folder)
        self.model = initial_model(recipe, run.start if checkpoint is None else None)
        self.average = ExponentialMovingAverage(self.model, recipe.optimization.ema_decay)
        if is_first_process():
            self.fabric.launch()
        self._set_up()
        self.watch = LossWatch(self.step)
        if checkpoint is not None:
            self._restore(checkpoint)
        self.report = self._open_report() if self.fabric.is_global_zero else None
        self.progress = TrainingProgress(recipe.steps, self.step, quiet=self._is_quiet)

    def fit(self) -> None:
        """All steps that are left, after lines that say what runs where."""
        self._describe()
        self.progress.advance(self.step, self.watch.mean().total)
        begin = time.monotonic() - self.seconds
        with self.progress:
            while self.step < self.recipe.steps:
                for samples in self._samples():
                    losses = self._train_step(samples)
                    self.step += 1
                    self.seconds = time.monotonic() - begin
                    self._after_step(losses, samples[-1])

    def deliver(self) -> Path:
        """Measure the averaged weights and write them; returns their file."""
        if self.report is not None:
            for line in self.report.evaluate(self.average.model, self.step, self.seconds):
                self.progress.say(line)
            self.report.write_weights(self.average.model, self.step, self.seconds)
        self.fabric.barrier()
        return self.run.folder / WEIGHTS_FILE

    @property
    def _is_quiet(self) -> bool:
        return self.run.quiet or not self.fabric.is_global_zero

    def _check_compile(self) -> None:
        if self.run.compile and self.fabric.device.type == "cpu":
            raise RecipeError(
                "--compile is for GPUs: on a CPU compiling the training step takes longer than "
                "most runs and gains nothing; leave it out"
            )

    def _set_up(self) -> None:
        """Bring network and optimizer to the device, and join the processes."""
        optimizer = make_optimizer(self.model, self.recipe.optimization)
        network = torch.compile(self.model) if self.run.compile else self.model
        objective = Objective(cast(nn.Module, network), self.vgg.network if self.vgg else None)
        self.objective, self.optimizer = self.fabric.setup(objective, optimizer)
        self.average.model.to(self.fabric.device)

    def _open_report(self) -> RunReport:
        return RunReport(
            self.recipe,
            self.run.folder,
            self.run.triplets,
            self.fabric.device,
            self.step,
            seconds=self.seconds,
            vgg=vgg_facts(self.vgg),
        )

    def _describe(self) -> None:
        self.progress.say(
            describe_training(
                self.recipe.name,
                self.model,
                self.fabric.device,
                self.recipe.precision,
                self.fabric.world_size,
            )
        )
        if self.vgg is not None:
            info = self.vgg.info
            self.progress.say(f"VGG-19 ({info.format}) compares {', '.join(info.taps)}")
            for remark in info.remarks:
                self.progress.say(remark)

    def _samples(self) -> Iterator[tuple[Sample, ...]]:
        """The rest of the current stage: this process's parts of each step's batch."""
        number, begin = self.recipe.stage_at(self.step)
        return open_batches(self.fabric, self.datasets[number], self.step - begin, self.run.workers)

    def _train_step(self, samples: tuple[Sample, ...]) -> LossValues:
        """One optimizer step; returns the losses, as means over all processes.

        Raises:
            RecipeError: loss or gradient is not finite (the network is as it was before), or a
                sample is of an instant that the recipe excludes.
        """
        prepare_step(
            self.optimizer.param_groups,
            self.recipe.optimization,
            step=self.step,
            steps=self.recipe.steps,
        )
        self._check_instants(samples)
        losses = self._add_gradients(samples)
        norm = self._clip_gradients()
        if not losses.is_finite or not math.isfinite(norm):
            self._stop(f"loss {losses.total:g} and gradient {norm:g} at step {self.step}")
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update(self.model, self.step)
        return losses

    def _check_instants(self, samples: tuple[Sample, ...]) -> None:
        if self.recipe.times == "midpoint" and any((s.t != 0.5).any() for s in samples):
            raise RecipeError(
                f"{self.run.data}: has triplets whose truth is not halfway, which this recipe's "
                f'times = "midpoint" excludes; train on triplets, or set times = "any"'
            )

    def _add_gradients(self, samples: tuple[Sample, ...]) -> LossValues:
        """Gradients of all parts of a step's batch; the last part joins the processes'."""
        weights, parts = self.recipe.losses.at(self.step), []
        for number, sample in enumerate(samples, 1):
            waits = number < len(samples)
            with self.fabric.no_backward_sync(self.objective, enabled=waits):
                losses: Losses = self.objective(sample, weights)
                self.fabric.backward(losses.total / len(samples))
            parts.append(torch.stack([loss.detach().float() for loss in losses]))
        mean = self.fabric.all_reduce(torch.stack(parts).mean(dim=0), reduce_op="mean")
        return LossValues(*cast(Tensor, mean).tolist())

    def _clip_gradients(self) -> float:
        """Shorten the gradient to the recipe's norm, if it has one; returns the norm it had."""
        norm = self.fabric.clip_gradients(
            self.objective,
            self.optimizer,
            max_norm=self.recipe.optimization.clip_norm or math.inf,
            error_if_nonfinite=False,
        )
        return float(cast(Tensor, norm))

    def _after_step(self, losses: LossValues, sample: Sample) -> None:
        """Show the step, and now and then save and measure."""
        self.watch.add(self.step, losses)
        mean = self.watch.mean()
        self.progress.advance(self.step, mean.total)
        if self.watch.has_exploded:
            self._stop(f"the loss has exploded to {mean.total:g} by step {self.step}")
        is_last = self.step == self.recipe.steps
        if self.step % self.recipe.checkpoint_every == 0 or is_last:
            self._save(mean)
        if self.step % self.recipe.evaluate_every == 0:
            self._show(sample)
            if not is_last:
                self.deliver()
        if self._begins_anew():
            self.watch.forget()

    def _begins_anew(self) -> bool:
        """Whether the next step's loss is not comparable with the last one's."""
        if self.step == self.recipe.steps:
            return False
        begins_stage = self.recipe.stage_at(self.step)[1] == self.step
        return begins_stage or self.recipe.losses.changes(self.step)

    def _save(self, losses: LossValues) -> None:
        """A checkpoint and the figures that belong to it, from the first process."""
        if self.report is None:
            return
        save_checkpoint(
            self.run.folder / "checkpoints",
            self._checkpoint(),
            kept=self.recipe.keep_checkpoints,
            every_hours=self.recipe.keep_every_hours,
        )
        rate = self.optimizer.param_groups[0]["lr"]
        self.report.log(self.step, losses, rate, self.seconds)

    def _show(self, sample: Sample) -> None:
        """Log what the averaged weights make of the last batch, from the first process."""
        if self.report is None:
            return
        with torch.no_grad(), self.fabric.autocast():
            output = self.average.model(sample.image0, sample.image1, sample.t)
        self.report.show(self.step, sample, output)

    def _stop(self, what: str) -> NoReturn:
        """End a run that learns nothing any more, and say where to go on from."""
        good = last_good_checkpoint(self.run.folder / "checkpoints", self.watch.good_step)
        if good is None:
            advice = "there is no checkpoint yet: lower learning_rate in the recipe and start again"
        else:
            advice = (
                f"{good} is the last good checkpoint: remove any after it, "
                f"lower learning_rate in the recipe and continue with --resume"
            )
        raise RecipeError(f"{self.run.folder}: {what}; {advice}")

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            step=self.step,
            recipe=self.recipe.to_dict(),
            model=self.model.state_dict(),
            average=self.average.model.state_dict(),
            optimizer=self.optimizer.state_dict(),
            seconds=self.seconds,
            vgg=vgg_facts(self.vgg),
            watch=self.watch.state(),
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.step, self.seconds = checkpoint.step, checkpoint.seconds
        self.model.load_state_dict(checkpoint.model)
        self.average.model.load_state_dict(checkpoint.average)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.watch = LossWatch(self.step)
        if checkpoint.watch is not None and checkpoint.recipe == self.recipe.to_dict():
            self.watch.restore(checkpoint.watch)
            if self._begins_anew():
                self.watch.forget()
