import csv
import json

import pytest

from filmnet.training import loop
from filmnet.training.report import RunReport
from filmnet.weights import load_weights
from material import TINY_MODEL_TOML, write_material, write_triplets, write_vimeo

RECIPE = (
    """
name = "tiny"
precision = "32-true"
checkpoint_every = 2
evaluate_every = 100
"""
    + TINY_MODEL_TOML
    + """
[[stages]]
steps = 4
crop_px = 16
batch = 1
real_share = 1.0
"""
)
WARPED = ("--set", "losses.warped=0.1,0.2")


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sweep"


@pytest.fixture
def run_sweep(run, recipe, tmp_path, folder):
    """A function that runs `filmnet sweep` on small triplets."""
    data = write_vimeo(tmp_path / "vimeo", 2)

    def run_sweep(*arguments):
        where = ("--data", data, "-o", folder, "--device", "cpu", "--workers", "0", "--quiet")
        return run("sweep", recipe, *where, *arguments)

    return run_sweep


@pytest.fixture
def steps(monkeypatch):
    """Which run made which steps, and a hook before each."""
    made = []
    original = loop.Trainer._train_step

    def train_step(self, samples):
        steps.before(self)
        made.append((self.run.folder.name, self.step))
        return original(self, samples)

    class Steps:
        def __init__(self):
            self.made = made
            self.before = lambda trainer: None

    steps = Steps()
    monkeypatch.setattr(loop.Trainer, "_train_step", train_step)
    return steps


def _rows(folder):
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_combination_is_trained_and_the_table_is_sorted(run_sweep, folder, tmp_path):
    triplets = write_triplets(tmp_path / "set", 1)
    rates = ("--set", "optimization.learning_rate=1e-3,1e-5")
    code, out, err = run_sweep(*WARPED, *rates, "--triplets", triplets)
    assert (code, err) == (0, "")
    names = {f"warped={w}_learning_rate={r}" for w in ("0.1", "0.2") for r in ("0.001", "1e-05")}
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["run", "set", "loss", "state"]
    assert {line[0] for line in lines[1:]} == names
    scores = [float(line[1]) for line in lines[1:]]
    assert scores == sorted(scores, reverse=True)
    rows = _rows(folder)
    assert [row["run"] for row in rows] == [line[0] for line in lines[1:]]
    for row in rows:
        weights = load_weights(folder / row["run"] / "weights.safetensors")
        recipe = weights.info.training["recipe"]
        values = f"warped={recipe['losses']['warped']}"
        assert row["run"] == values + f"_learning_rate={recipe['optimization']['learning_rate']}"


def test_finished_runs_are_skipped_and_a_half_done_one_goes_on(run_sweep, folder, steps):
    def interrupt(trainer):
        if trainer.run.folder.name == "warped=0.2" and trainer.step == 3:
            raise KeyboardInterrupt

    steps.before = interrupt
    code, out, err = run_sweep(*WARPED)
    assert (code, out) == (130, "")
    assert f"Stopped; the same command goes on with the sweep in {folder}." in err
    assert [row["state"] for row in _rows(folder)] == ["done", "at step 2"]
    del steps.made[:]
    steps.before = lambda trainer: None
    code, out, _ = run_sweep(*WARPED)
    assert code == 0
    assert steps.made == [("warped=0.2", 2), ("warped=0.2", 3)]
    assert out.count("done") == 2


def test_a_finished_sweep_prints_its_table_again(run_sweep, steps):
    first = run_sweep(*WARPED)
    del steps.made[:]
    assert run_sweep(*WARPED) == first
    assert steps.made == []


def test_a_grid_may_grow(run_sweep, steps):
    run_sweep("--set", "losses.warped=0.1")
    assert run_sweep(*WARPED)[0] == 0
    assert [name for name, _ in steps.made] == ["warped=0.1"] * 4 + ["warped=0.2"] * 4


def test_a_run_that_fails_is_noted_and_the_rest_goes_on(run_sweep, folder, steps):
    def spoil(trainer):
        if trainer.run.folder.name == "warped=0.1" and trainer.step == 3:
            next(trainer.model.parameters()).data.fill_(float("nan"))

    steps.before = spoil
    code, out, _ = run_sweep(*WARPED)
    assert code == 0
    assert [row["state"] for row in _rows(folder)] == ["done", "failed"]
    assert "loss nan" in _rows(folder)[1]["error"]
    assert "loss nan" in out.splitlines()[-1]
    del steps.made[:]
    steps.before = lambda trainer: None
    assert run_sweep(*WARPED)[0] == 0
    assert [row["state"] for row in _rows(folder)] == ["done", "done"]


def test_a_sweep_of_which_every_run_fails_is_an_error(run_sweep, steps):
    def spoil(trainer):
        next(trainer.model.parameters()).data.fill_(float("nan"))

    steps.before = spoil
    code, out, err = run_sweep(*WARPED)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "every run of the sweep failed; the first: " in err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("losses.styel=1,2", "styel=1: [losses] unknown key 'styel'; known are"),
        ("loss.style=1,2", "style=1: unknown key 'loss'; known are"),
        ("losses.warped=1,much", "warped=much: warped = 'much' is not of type float"),
        ("stages.1.steps=4,0", "steps=0: [[stages]] 1 steps, crop_px, batch"),
        ("losses.warped", "give a key of the recipe and its values"),
    ],
)
def test_a_mistake_is_one_sentence_before_any_run(run_sweep, folder, steps, setting, message):
    code, out, err = run_sweep("--set", setting)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not folder.exists()
    assert steps.made == []


def test_a_key_given_twice_is_refused(run_sweep):
    code, _, err = run_sweep(*WARPED, "--set", "losses.warped=0.3")
    assert code == 2
    assert "--set losses.warped is given twice" in err


def test_the_metric_can_be_chosen_and_must_exist(run_sweep, folder):
    code, _, err = run_sweep(*WARPED, "--metric", "psnr")
    assert code == 2
    assert "--metric psnr: the runs will not have it; known are loss, l1" in err
    assert not folder.exists()
    code, out, _ = run_sweep(*WARPED, "--metric", "l1")
    assert code == 0
    assert out.split()[:4] == ["run", "l1", "loss", "state"]


def test_a_loss_that_needs_vgg_is_refused_before_any_run_without_it(
    run_sweep, folder, steps, cache
):
    code, _, err = run_sweep("--set", "losses.style=0,20")
    assert code == 2
    assert "imagenet-vgg-verydeep-19.mat" in err
    assert steps.made == []


def test_a_changed_recipe_does_not_mix_with_the_runs_that_are_there(run_sweep, recipe, steps):
    run_sweep(*WARPED)
    del steps.made[:]
    recipe.write_text(RECIPE.replace("crop_px = 16", "crop_px = 24"))
    code, _, err = run_sweep(*WARPED)
    assert (code, err.count("\n")) == (2, 1)
    assert "warped=0.1: holds a run of another recipe; undo the change or name another" in err
    assert steps.made == []


def test_each_runs_folder_holds_its_recipe(run_sweep, folder):
    run_sweep("--set", "losses.l1=2,[[0,1],[3,4]]")
    losses = [
        json.loads((folder / name / "recipe.json").read_text())["losses"]["l1"]
        for name in ("l1=2", "l1=0-1-3-4")
    ]
    assert losses == [[[0, 2.0]], [[0, 1.0], [3, 4.0]]]


def test_a_sweep_does_not_run_under_torchrun(run_sweep, monkeypatch):
    for name, value in {"RUN_ID": "1", "RANK": "0"}.items():
        monkeypatch.setenv(f"TORCHELASTIC_{name}", value)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("WORLD_SIZE", "2")
    code, _, err = run_sweep(*WARPED)
    assert code == 2
    assert "a sweep trains in one process: start it without torchrun" in err


def test_weights_that_were_cut_short_are_written_again(run_sweep, folder, steps):
    run_sweep(*WARPED)
    path = folder / "warped=0.1" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    del steps.made[:]
    assert run_sweep(*WARPED)[0] == 0
    assert steps.made == []
    assert load_weights(path).info.training["steps"] == 4


def test_a_sweep_that_stops_while_it_measures_measures_again(run_sweep, folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(RunReport, "evaluate", _interrupt)
        assert run_sweep(*WARPED)[0] == 130
    assert not (folder / "warped=0.1" / "weights.safetensors").exists()
    assert run_sweep(*WARPED)[0] == 0


def _interrupt(*_):
    raise KeyboardInterrupt


def test_without_quiet_it_says_which_run_begins(run, recipe, tmp_path, folder):
    data = write_vimeo(tmp_path / "vimeo", 2)
    where = ("--data", data, "-o", folder, "--device", "cpu", "--workers", "0")
    _, _, err = run("sweep", recipe, *where, *WARPED)
    assert "run 1 of 2: warped=0.1\n" in err
    assert "run 2 of 2: warped=0.2\n" in err
    _, _, err = run("sweep", recipe, *where, *WARPED)
    assert "run 2 of 2: warped=0.2 is finished\n" in err


def test_clips_are_cut_once_for_all_runs_unless_they_are_cut_differently(run, recipe, tmp_path):
    recipe.write_text(RECIPE + "[pack]\nframes = 5\nside_px = 32\nstride = 2\n")
    raw = write_material(tmp_path / "raw")
    where = ("--data", raw, "--device", "cpu", "--workers", "0", "--quiet")
    assert run("sweep", recipe, *where, "-o", tmp_path / "a", *WARPED)[0] == 0
    packs = {path.parent.parent.name for path in tmp_path.rglob("pack.json")}
    assert packs == {"a"}
    stride = ("--set", "pack.stride=2,3")
    assert run("sweep", recipe, *where, "-o", tmp_path / "b", *stride)[0] == 0
    packs = {path.parent.parent.name for path in (tmp_path / "b").rglob("pack.json")}
    assert packs == {"stride=2", "stride=3"}
