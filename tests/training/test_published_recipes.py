"""The three published recipes, run for some steps with a narrower network on smaller crops."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from filmnet.errors import RecipeError, WeightsError
from filmnet.training.loop import train
from filmnet.training.recipe_file import read_recipe
from filmnet.training.start import TrainingRun
from filmnet.weights import load_weights
from material import TINY_MODEL, write_vimeo
from seeded_vgg import seeded_kernels

CONFIGS = Path(__file__).parents[2] / "configs"
NARROW = replace(TINY_MODEL, output="image")


def shortened(name):
    """A recipe as published, but for size: four steps, the change of weights before the third."""
    recipe = read_recipe(CONFIGS / f"{name}.toml")
    losses = {
        key: tuple((min(step, 2), weight) for step, weight in getattr(recipe.losses, key))
        for key in ("l1", "vgg", "style")
    }
    return replace(
        recipe,
        model=NARROW,
        checkpoint_every=1,
        losses=replace(recipe.losses, **losses),
        stages=(replace(recipe.stages[0], steps=4, crop_px=32, batch=2),),
    )


def write_vgg(path, blocks):
    """A Keras export of the first blocks of VGG-19, whose first kernel reads BGR."""
    arrays = {}
    for name, (kernel, bias) in seeded_kernels().items():
        block, number = name.removeprefix("conv").split("_")
        if int(block) <= blocks:
            kernel = kernel[:, :, ::-1] if name == "conv1_1" else kernel
            arrays |= {f"block{block}_conv{number}/kernel": kernel}
            arrays |= {f"block{block}_conv{number}/bias": bias}
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    return write_vgg(tmp_path_factory.mktemp("vgg") / "vgg19.npz", blocks=5)


@pytest.fixture
def run(tmp_path):
    data = write_vimeo(tmp_path / "vimeo", size=48)
    return TrainingRun(data=data, folder=tmp_path / "run", workers=0, device="cpu", quiet=True)


def logged(run):
    """Each figure of metrics.csv, step by step."""
    figures = defaultdict(list)
    with (run.folder / "metrics.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            figures[row["name"]].append(float(row["value"]))
    return figures


def checkpoint(run, step):
    path = run.folder / "checkpoints" / f"step-{step:08d}.ckpt"
    return torch.load(path, weights_only=True)


def test_the_l1_recipe_runs(run):
    info = load_weights(train(shortened("film-l1"), run)).info
    assert (info.name, info.times, info.training["steps"]) == ("film-l1", "midpoint", 4)
    assert (info.padding.multiple, info.padding.mode) == (64, "zeros")
    figures = logged(run)
    assert figures["loss"] == figures["l1"]
    assert figures["learning_rate"] == [1e-4] * 4
    assert "vgg" not in figures


def test_the_vgg_recipe_runs(run, vgg):
    train(shortened("film-vgg"), replace(run, vgg=vgg))
    figures = logged(run)
    first = figures["l1"][0] + figures["vgg"][0]
    assert figures["loss"][0] == pytest.approx(first, rel=1e-4)
    assert "style" not in figures


def test_the_style_recipe_runs_and_its_weights_change_as_published(run, vgg):
    train(shortened("film-style"), replace(run, vgg=vgg))
    figures = logged(run)
    l1, vgg_loss, style = (figures[name] for name in ("l1", "vgg", "style"))
    assert figures["loss"][0] == pytest.approx(l1[0] + vgg_loss[0], rel=1e-4)
    third = l1[2] + 0.25 * vgg_loss[2] + 40 * style[2]  # means start anew where weights change
    assert figures["loss"][2] == pytest.approx(third, rel=1e-4)
    assert min(style) > 0


def test_the_delivered_weights_are_the_last_steps(run):
    train(shortened("film-l1"), run)
    last = checkpoint(run, 4)
    assert all(torch.equal(last["model"][name], w) for name, w in last["average"].items())


def test_a_vgg_with_its_first_blocks_is_said_and_recorded(run, tmp_path, capsys):
    part = write_vgg(tmp_path / "part.npz", blocks=2)
    path = train(shortened("film-style"), replace(run, vgg=part, quiet=False))
    err = " ".join(capsys.readouterr().err.split())
    assert "VGG-19 (Keras) compares conv1_2, conv2_2" in err
    assert "leave out conv3_2, conv4_2, conv5_2" in err
    recorded = checkpoint(run, 4)["vgg"]
    assert recorded["taps"] == ["conv1_2", "conv2_2"]
    assert load_weights(path).info.training["vgg"] == recorded


def test_resuming_with_another_vgg_is_refused(run, vgg, tmp_path):
    train(shortened("film-vgg"), replace(run, vgg=vgg))
    other = write_vgg(tmp_path / "part.npz", blocks=2)
    with pytest.raises(
        RecipeError, match=r"was trained with another VGG-19 \(sha256 [0-9a-f]{12}\)"
    ):
        train(shortened("film-vgg"), replace(run, vgg=other, resume=True))


def test_a_recipe_that_needs_vgg_says_where_it_is_to_be_had(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    with pytest.raises(WeightsError, match=r"imagenet-vgg-verydeep-19\.mat .* import-vgg FILE"):
        train(shortened("film-vgg"), run)
    assert not run.folder.exists()
