import csv
import itertools
import sys
from collections import defaultdict
from dataclasses import replace

import pytest
import torch

from filmnet.errors import DeviceError, InputError, RecipeError
from filmnet.training import objective, watch
from filmnet.training.loop import Trainer, train
from filmnet.training.loss_weights import LossWeights
from filmnet.training.recipe import Optimization
from filmnet.training.report import RunReport
from filmnet.training.start import TrainingRun
from filmnet.weights import load_weights
from material import TINY_MODEL, tiny_recipe, write_triplets

# PyTorch forks its workers, of which Python 3.12 and 3.13 warn where other threads run.
FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


class PowerFailureError(Exception):
    """The run dies."""


@pytest.fixture
def run(pack, tmp_path):
    return TrainingRun(data=pack, folder=tmp_path / "run", workers=0, device="cpu", quiet=True)


def state(run, step):
    path = run.folder / "checkpoints" / f"step-{step:08d}.ckpt"
    return torch.load(path, weights_only=True)


def flat(state):
    """All tensors of a checkpoint, by name."""
    tensors = {f"model.{k}": v for k, v in state["model"].items()}
    tensors |= {f"average.{k}": v for k, v in state["average"].items()}
    for i, moments in state["optimizer"]["state"].items():
        tensors |= {f"optimizer.{i}.{k}": v for k, v in moments.items()}
    return tensors


def losses_logged(run):
    with (run.folder / "metrics.csv").open(newline="") as file:
        return [(r["step"], r["value"]) for r in csv.DictReader(file) if r["name"] == "loss"]


def stop_at(monkeypatch, step):
    """Make the run die before it takes that step."""
    original = Trainer._train_step

    def train_step(self, samples):
        if self.step == step:
            raise PowerFailureError
        return original(self, samples)

    monkeypatch.setattr(Trainer, "_train_step", train_step)


@FORKS
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("stopped", [2, 4])  # within the first stage, and within the second
def test_a_resumed_run_goes_on_as_if_never_stopped(run, tmp_path, monkeypatch, workers, stopped):
    run = replace(run, workers=workers)
    train(tiny_recipe(), run)
    other = replace(run, folder=tmp_path / "other")
    with monkeypatch.context() as patch:
        stop_at(patch, stopped + 1)
        with pytest.raises(PowerFailureError):
            train(tiny_recipe(), other)
    assert not (other.folder / "checkpoints" / "step-00000006.ckpt").exists()
    train(tiny_recipe(), replace(other, resume=True))
    whole, resumed = flat(state(run, 6)), flat(state(other, 6))
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)  # bit for bit
    assert losses_logged(run) == losses_logged(other)


def test_a_batch_computed_in_parts_trains_alike(run, tmp_path):
    stage = replace(tiny_recipe().stages[0], batch=4)
    losses = LossWeights()
    train(tiny_recipe(stages=(stage,), losses=losses), run)
    parts = replace(run, folder=tmp_path / "parts")
    train(tiny_recipe(stages=(replace(stage, accumulate=4),), losses=losses), parts)
    one, other = flat(state(run, 3)), flat(state(parts, 3))
    for name, tensor in one.items():  # sums in another order
        assert torch.allclose(tensor, other[name], rtol=1e-4, atol=1e-6), name


@FORKS
def test_workers_make_no_difference(run, tmp_path):
    train(tiny_recipe(), run)
    train(tiny_recipe(), replace(run, folder=tmp_path / "other", workers=1))
    one, other = flat(state(run, 6)), flat(state(replace(run, folder=tmp_path / "other"), 6))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_lowers_the_loss(run):
    stage = replace(tiny_recipe().stages[0], steps=60)
    train(tiny_recipe(stages=(stage,), checkpoint_every=20), run)
    with (run.folder / "metrics.csv").open(newline="") as file:
        losses = [float(r["value"]) for r in csv.DictReader(file) if r["name"] == "loss"]
    assert losses[-1] < losses[0]


def test_a_run_ends_with_averaged_weights_measured_on_triplets(run, tmp_path):
    sets = (write_triplets(tmp_path / "set"),)
    path = train(tiny_recipe(), replace(run, triplets=sets))
    loaded = load_weights(path)
    assert path == run.folder / "weights.safetensors"
    assert loaded.info.metrics.keys() == {"set"}
    assert loaded.info.training["steps"] == 6
    for name, average in state(run, 6)["average"].items():
        assert torch.equal(loaded.state_dict[name], average.half().float())
    steps = defaultdict(list)
    with (run.folder / "metrics.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            steps[row["name"]].append(int(row["step"]))
    assert steps.pop("set") == [4, 6]
    logged = ("loss", "l1", "flow", "warped", "learning_rate", "steps_per_second")
    assert steps == {name: [2, 4, 6] for name in logged}


def test_every_evaluation_leaves_weights_that_can_be_used(run, monkeypatch):
    stop_at(monkeypatch, 5)
    with pytest.raises(PowerFailureError):
        train(tiny_recipe(), run)
    assert load_weights(run.folder / "weights.safetensors").info.training["steps"] == 4


def test_resuming_a_finished_run_writes_its_weights_again(run):
    path = train(tiny_recipe(), run)
    first = load_weights(path).state_dict
    path.unlink()
    again = load_weights(train(tiny_recipe(), replace(run, resume=True))).state_dict
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_folder_with_a_run_is_refused_without_resume(run):
    train(tiny_recipe(), run)
    with pytest.raises(RecipeError, match=r"holds a run of 6 steps; continue it with --resume"):
        train(tiny_recipe(), run)


def test_resuming_another_architecture_is_refused(run):
    train(tiny_recipe(), run)
    other = tiny_recipe(model=replace(TINY_MODEL, filters=5))
    with pytest.raises(RecipeError, match=r"another \[model\] than the recipe"):
        train(other, replace(run, resume=True))


def test_a_damaged_newest_checkpoint_costs_only_its_own_steps(run, capsys):
    train(tiny_recipe(), run)
    whole = flat(state(run, 6))
    newest = run.folder / "checkpoints" / "step-00000006.ckpt"
    newest.write_bytes(newest.read_bytes()[:1000])
    train(tiny_recipe(), replace(run, resume=True))
    assert f"{newest}: damaged; going back" in capsys.readouterr().err
    assert all(torch.equal(whole[name], tensor) for name, tensor in flat(state(run, 6)).items())


def test_a_run_may_start_from_weights(run, tmp_path):
    weights = train(tiny_recipe(), run)
    other = replace(run, folder=tmp_path / "other", start=weights)
    trainer = Trainer(tiny_recipe(), other)
    wanted = load_weights(weights).state_dict
    started = trainer.model.state_dict()
    assert all(torch.equal(started[name], wanted[name]) for name in wanted)


def test_weights_to_start_from_must_fit_the_recipe(run, tmp_path):
    weights = train(tiny_recipe(), run)
    other = replace(run, folder=tmp_path / "other", start=weights)
    with pytest.raises(RecipeError, match=r"weights of another architecture than .* \[model\]"):
        train(tiny_recipe(model=replace(TINY_MODEL, filters=5)), other)


def test_the_blend_starts_even_and_the_correction_does_not_start_at_zero(run):
    head = Trainer(tiny_recipe(), run).model.fusion.head
    assert not head.weight[3:].any()
    assert head.weight[:3].all()


def test_fusion_learns_at_its_own_rate(run):
    trainer = Trainer(tiny_recipe(optimization=Optimization(fusion_rate=5.0)), run)
    trainer._train_step(next(trainer._samples()))
    motion, fusion = trainer.optimizer.param_groups
    assert fusion["lr"] == pytest.approx(5 * motion["lr"])
    assert sum(len(group["params"]) for group in (motion, fusion)) == len(
        list(trainer.model.parameters())
    )


def test_a_seed_decides_the_first_weights_and_leaves_chance_alone(run):
    before = torch.get_rng_state()
    first, again, other = (
        Trainer(tiny_recipe(seed=seed), run).model.state_dict() for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    name = "extractor.stages.0.0.weight"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


def test_gradients_are_clipped(run, monkeypatch):
    norms = []
    original = Trainer._clip_gradients

    def clip(self):
        norm = original(self)
        after = torch.stack([p.grad.norm() for p in self.model.parameters()]).norm()
        norms.append((norm, float(after)))
        return norm

    monkeypatch.setattr(Trainer, "_clip_gradients", clip)
    train(tiny_recipe(optimization=Optimization(clip_norm=1e-3)), run)
    assert all(norm > 1e-3 for norm, _ in norms)
    assert [after for _, after in norms] == pytest.approx([1e-3] * 6, rel=1e-2)  # PyTorch's epsilon


def break_losses(monkeypatch, change):
    """Let `change(step, total)` decide each step's loss."""
    original = objective.measure_losses
    steps = itertools.count()

    def measure(*arguments):
        losses = original(*arguments)
        return losses._replace(total=change(next(steps), losses.total))

    monkeypatch.setattr(objective, "measure_losses", measure)


def test_a_loss_that_is_no_number_ends_the_run_before_the_weights_are_touched(run, monkeypatch):
    break_losses(monkeypatch, lambda step, loss: loss * float("nan") if step == 2 else loss)
    trainer = Trainer(tiny_recipe(), run)
    good = run.folder / "checkpoints" / "step-00000002.ckpt"
    with pytest.raises(RecipeError) as caught:
        trainer.fit()
    assert str(caught.value) == (
        f"{run.folder}: loss nan and gradient nan at step 2; {good} is the last good checkpoint: "
        f"remove any after it, lower learning_rate in the recipe and continue with --resume"
    )
    saved = state(run, 2)["model"]
    assert all(torch.equal(saved[name], w) for name, w in trainer.model.state_dict().items())


def test_a_loss_that_is_no_number_at_once_leaves_nothing_to_go_on_from(run, monkeypatch):
    break_losses(monkeypatch, lambda step, loss: loss * float("inf"))
    with pytest.raises(RecipeError, match=r"at step 0; there is no checkpoint yet: lower learning"):
        train(tiny_recipe(), run)


def test_a_gradient_that_is_no_number_ends_the_run_as_well(run, monkeypatch):
    monkeypatch.setattr(Trainer, "_clip_gradients", lambda _: float("inf"))
    trainer = Trainer(tiny_recipe(), run)
    before = [weight.clone() for weight in trainer.model.parameters()]
    with pytest.raises(RecipeError, match=r"loss 0\.\d+ and gradient inf at step 0"):
        trainer.fit()
    assert all(map(torch.equal, before, trainer.model.parameters()))


def test_a_loss_that_explodes_ends_the_run_and_names_the_last_good_checkpoint(run, monkeypatch):
    monkeypatch.setattr(watch, "WATCHED_STEPS", 2)
    break_losses(monkeypatch, lambda step, loss: loss * 1000 if step >= 4 else loss)
    stage = replace(tiny_recipe().stages[0], steps=9)
    good = run.folder / "checkpoints" / "step-00000004.ckpt"
    with pytest.raises(RecipeError, match=rf"exploded to .* by step 5; {good} is the last good"):
        train(tiny_recipe(stages=(stage,), checkpoint_every=1, keep_checkpoints=9), run)


def test_after_resuming_the_last_good_checkpoint_is_no_older_than_the_one_resumed_from(
    run, monkeypatch
):
    stage = replace(tiny_recipe().stages[0], steps=8)
    recipe = tiny_recipe(stages=(stage,), checkpoint_every=1, keep_checkpoints=9)
    with monkeypatch.context() as patch:
        stop_at(patch, 5)
        with pytest.raises(PowerFailureError):
            train(recipe, run)
    break_losses(monkeypatch, lambda step, loss: loss * float("nan"))
    with pytest.raises(RecipeError, match=r"at step 5; .*step-00000005\.ckpt is the last good"):
        train(recipe, replace(run, resume=True))


@pytest.mark.parametrize(("change", "exploded"), [({}, True), ({"evaluate_every": 3}, False)])
def test_a_resumed_run_remembers_its_losses_unless_the_recipe_changes(
    run, monkeypatch, change, exploded
):
    monkeypatch.setattr(watch, "WATCHED_STEPS", 2)
    recipe = tiny_recipe(stages=(replace(tiny_recipe().stages[0], steps=8),))
    with monkeypatch.context() as patch:
        stop_at(patch, 4)
        with pytest.raises(PowerFailureError):
            train(recipe, run)
    break_losses(monkeypatch, lambda step, loss: loss * 1000)
    trainer = Trainer(replace(recipe, **change), replace(run, resume=True))
    if exploded:
        with pytest.raises(RecipeError, match=r"exploded to .* by step 5"):
            trainer.fit()
    else:
        trainer.fit()


def test_a_loss_that_begins_anew_does_not_count_as_exploding(run, monkeypatch):
    monkeypatch.setattr(watch, "WATCHED_STEPS", 2)
    weights = LossWeights(l1=((0, 0.001), (4, 1.0)))
    stage = replace(tiny_recipe().stages[0], steps=8)
    train(tiny_recipe(stages=(stage,), losses=weights), run)
    assert load_weights(run.folder / "weights.safetensors").info.training["steps"] == 8


def test_at_each_evaluation_a_batch_is_shown_as_the_averaged_weights_make_it(run, monkeypatch):
    shown = []
    monkeypatch.setattr(
        RunReport, "show", lambda _, step, sample, output: shown.append((step, sample, output))
    )
    trainer = Trainer(tiny_recipe(checkpoint_every=4), run)
    with monkeypatch.context() as patch:
        stop_at(patch, 4)
        with pytest.raises(PowerFailureError):
            trainer.fit()
    ((step, sample, output),) = shown
    inputs = (sample.image0, sample.image1, sample.t)
    with torch.no_grad():
        average, last = (m(*inputs).image for m in (trainer.average.model, trainer.model))
    assert step == 4
    assert torch.equal(output.image, average)
    assert not torch.equal(output.image, last)


@pytest.mark.parametrize(
    ("newest", "hours", "kept"), [(2, 0.0, [5, 6]), (3, 0.0, [4, 5, 6]), (1, 1e-12, [*range(1, 7)])]
)
def test_as_many_checkpoints_stay_as_the_recipe_says(run, newest, hours, kept):
    recipe = tiny_recipe(checkpoint_every=1, keep_checkpoints=newest, keep_every_hours=hours)
    train(recipe, run)
    files = sorted((run.folder / "checkpoints").iterdir())
    assert [int(path.stem[-8:]) for path in files] == kept


@pytest.mark.parametrize(
    ("precision", "dtypes"),
    [("bf16-mixed", {torch.bfloat16, torch.float32}), ("32-true", {torch.float32})],
)
def test_convolutions_compute_in_the_recipes_precision(run, precision, dtypes):
    trainer = Trainer(tiny_recipe(precision=precision), run)
    seen = set()
    convolutions = [part for part in trainer.model.modules() if isinstance(part, torch.nn.Conv2d)]
    for convolution in convolutions:
        convolution.register_forward_hook(lambda _, __, made: seen.add(made.dtype))
    trainer.fit()
    assert seen == dtypes  # what makes flow and picture is always in float32


def test_mixed_precision_keeps_weights_in_float32(run):
    train(tiny_recipe(precision="bf16-mixed"), run)
    tensors = flat(state(run, 6))
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    assert all(tensor.isfinite().all() for tensor in tensors.values())


def test_a_later_stage_without_material_is_refused_before_the_first_step(run):
    stage = tiny_recipe().stages[0]
    recipe = tiny_recipe(stages=(stage, replace(stage, crop_px=40, real_share=0.5)))
    with pytest.raises(RecipeError, match=r"windows of 32 px are smaller"):
        train(recipe, run)
    assert not run.folder.exists()


def test_triplets_that_cannot_be_used_are_refused_before_the_first_step(run, tmp_path):
    with pytest.raises(InputError, match=r"none: no such folder of triplets"):
        train(tiny_recipe(), replace(run, triplets=(tmp_path / "none",)))
    assert not run.folder.exists()


def test_a_run_says_first_what_runs_where(run, capsys):
    train(tiny_recipe(), replace(run, quiet=False))
    err = capsys.readouterr().err
    name = tiny_recipe().name
    assert err.startswith(f"training {name} (0.0 M parameters), cpu, 32-true, 1 thread\n")


def test_an_unknown_device_is_refused(run):
    with pytest.raises(DeviceError, match=r"abacus"):
        train(tiny_recipe(), replace(run, device="abacus"))


def test_missing_fabric_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(RecipeError, match=r"pip install 'filmnet\[train\]'"):
        train(tiny_recipe(), run)


def test_a_recipe_for_the_midpoint_refuses_other_instants(run):
    with pytest.raises(RecipeError, match=r"whose truth is not halfway, .* times = \"midpoint\""):
        train(tiny_recipe(times="midpoint"), run)


def test_training_is_compiled_first_on_demand_but_not_on_a_cpu(run, monkeypatch):
    with pytest.raises(RecipeError, match=r"--compile is for GPUs"):
        Trainer(tiny_recipe(), replace(run, compile=True))
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda module: compiled.append(module) or module)
    monkeypatch.setattr(Trainer, "_check_compile", lambda self: None)
    trainer = Trainer(tiny_recipe(), replace(run, compile=True))
    assert compiled == [trainer.model]
    Trainer(tiny_recipe(), run)
    assert len(compiled) == 1
