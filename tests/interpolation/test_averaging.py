from __future__ import annotations

import numpy as np
import pytest
import torch

from exporting import Exported
from filmnet.errors import InputError
from filmnet.interpolation import Interpolator, load
from filmnet.interpolation.averaging import Averaging, check_copies
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.plan import Demand, Plan
from filmnet.model import Film
from filmnet.weights import Padding, WeightsInfo


def engine(model: Film) -> Engine:
    return Engine(model, Padding(multiple=8), torch.device("cpu"), torch.float32)


def made(engine: Averaging | Engine, image0: torch.Tensor, image1: torch.Tensor) -> torch.Tensor:
    return engine.make(engine.pair(engine.prepare(image0), engine.prepare(image1)), 0.4)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 1, 3, 24, 33, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("copies", [2, 4])
def test_mirrored_pictures_give_the_mirrored_frame(
    copies: int, tiny_model: Film, images: torch.Tensor
) -> None:
    mean = Averaging(engine(tiny_model), copies)
    for axes in ((-1,), (-2,), (-2, -1))[: 1 if copies == 2 else 3]:
        mirrored = made(mean, *images.flip(axes)).flip(axes)
        assert float((mirrored - made(mean, *images)).abs().max()) < 1e-5
    alone = engine(tiny_model)
    assert float((made(alone, *images.flip(-1)).flip(-1) - made(alone, *images)).abs().max()) > 1e-3


def test_two_copies_are_the_mean_of_the_picture_and_its_mirror_image(
    tiny_model: Film, images: torch.Tensor
) -> None:
    alone = engine(tiny_model)
    mean = (made(alone, *images) + made(alone, *images.flip(-1)).flip(-1)) / 2
    assert float((made(Averaging(alone, 2), *images) - mean).abs().max()) < 1e-6


def test_confidence_and_flows_are_those_of_the_picture_as_it_is(
    tiny_model: Film, images: torch.Tensor
) -> None:
    alone = engine(tiny_model)
    mean = Averaging(alone, 4)
    pairs = [e.pair(*(e.prepare(image) for image in images)) for e in (alone, mean)]
    assert mean.confidence(pairs[1]) == alone.confidence(pairs[0])
    seen, expected = mean.flows(pairs[1]), alone.flows(pairs[0])
    assert seen is not None
    assert all(torch.equal(*both) for both in zip(seen, expected, strict=True))


def test_a_frames_identity_tells_of_the_copies(tiny_model: Film) -> None:
    padding = Padding(multiple=8)
    info = WeightsInfo(name="tiny", config=tiny_model.config, times="any", padding=padding)
    mean = Interpolator(Averaging(engine(tiny_model), 2), info)
    assert mean.identify().startswith("tiny, cpu, float32")
    assert mean.identify().endswith("mean of 2 mirrored copies")
    assert "mean of 2 mirrored copies" in mean.describe()


def test_as_published_the_copies_stay(tiny_model: Film) -> None:
    bare = Averaging(engine(tiny_model), 4).as_published()
    assert (bare.copies, bare.padding.multiple) == (4, 1)


def test_an_exported_network_is_averaged_too(exported_onnx: Exported) -> None:
    rng = np.random.default_rng(0)
    photos = rng.integers(96, 160, (2, 40, 48, 3), dtype=np.uint8)  # nothing is clipped
    alone, mean = (load(exported_onnx.path, tta=tta) for tta in (1, 2))
    expected = (
        alone.midpoint(*photos).astype(float)
        + alone.midpoint(*photos[:, :, ::-1].copy())[:, ::-1].astype(float)
    ) / 2
    assert np.abs(mean.midpoint(*photos) - expected).max() <= 1  # each was rounded


def test_each_copy_is_in_the_plan(tiny_model: Film) -> None:
    demands = [
        Demand(config=tiny_model.config, size=(100, 200), value_bytes=4, copies=copies)
        for copies in (1, 4)
    ]
    one, four = (demand.held(Plan()) for demand in demands)
    assert 2.5 * one < four < 4.5 * one


def test_another_number_of_copies_is_refused() -> None:
    with pytest.raises(InputError, match="tta 3 is none of 1, 2, 4"):
        check_copies(3)
    with pytest.raises(InputError, match="tta 0 is none of"):
        load(tta=0)
