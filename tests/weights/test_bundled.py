"""The weights that come with the package."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import filmnet
from filmnet.interpolation import Interpolator
from filmnet.training.recipe_file import read_recipe
from filmnet.weights import load_weights
from filmnet.weights.registry import MODELS

ROOT = Path(__file__).parents[2]
SIZE = 128
MARGIN = 24


@pytest.fixture(scope="module")
def interpolator() -> Interpolator:
    return filmnet.load(device="cpu", precision="float32")


@pytest.fixture(scope="module")
def texture() -> NDArray[np.uint8]:
    """Coloured noise with detail at every scale, wider than a frame."""
    generator = np.random.default_rng(5)
    shape = (SIZE, SIZE + 2 * MARGIN, 3)
    layers = (
        cv2.GaussianBlur(generator.normal(0, sigma, shape), (0, 0), sigma) for sigma in (1, 3, 9)
    )
    noise = sum(layers)
    return ((noise - noise.min()) / np.ptp(noise) * 255).astype(np.uint8)


def frame(texture: NDArray[np.uint8], shift: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(texture[:, MARGIN + shift : MARGIN + shift + SIZE])


def psnr(made: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    error = np.mean((made.astype(float) - truth)[8:-8, 24:-24] ** 2)
    return 10 * math.log10(255**2 / max(error, 1e-9))


@pytest.mark.parametrize("name", ["small", "small-continued"])
def test_they_fit_their_recipes(name: str) -> None:
    loaded, recipe = load_weights(None), read_recipe(ROOT / "configs" / f"{name}.toml")
    assert loaded.info.name == recipe.name == "small"
    assert loaded.info.config == recipe.model
    assert loaded.info.padding == recipe.padding
    assert loaded.info.times == "any"
    assert loaded.info.licence == "Apache-2.0"


def test_they_are_small_on_disk() -> None:
    assert MODELS["small"].path.stat().st_size < 20e6


def test_their_card_states_what_their_file_states() -> None:
    loaded, card = load_weights(None), MODELS["small"].path.with_suffix(".md").read_text()
    assert f"{loaded.parameters:,}" in card
    assert loaded.info.metrics
    for name, value in loaded.info.metrics.items():
        assert f"| {name} |" in card
        assert f"{value:.2f}" in card


@pytest.mark.parametrize("motion", [2, 8, 16])
def test_a_moving_texture_is_found_halfway(
    interpolator: Interpolator, texture: NDArray[np.uint8], motion: int
) -> None:
    image0, truth, image1 = (frame(texture, s) for s in (-motion // 2, 0, motion // 2))
    made = interpolator.midpoint(image0, image1)
    blend = ((image0.astype(int) + image1) // 2).astype(np.uint8)
    assert psnr(made, truth) > psnr(blend, truth) + 6


def test_any_instant_lies_where_it_should(
    interpolator: Interpolator, texture: NDArray[np.uint8]
) -> None:
    image0, image1 = frame(texture, -6), frame(texture, 6)
    times = [1 / 6, 1 / 3, 2 / 3]
    for t, made in zip(times, interpolator.between(image0, image1, times=times), strict=True):
        scores = {shift: psnr(made, frame(texture, shift)) for shift in range(-6, 7)}
        assert max(scores, key=scores.__getitem__) == round(-6 + 12 * t)


def test_a_pair_without_motion_comes_back(
    interpolator: Interpolator, texture: NDArray[np.uint8]
) -> None:
    still = frame(texture, 0)
    assert psnr(interpolator.midpoint(still, still), still) > 40
