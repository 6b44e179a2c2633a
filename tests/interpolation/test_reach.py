from __future__ import annotations

import dataclasses
import itertools

import pytest
import torch
from torch import Tensor

from filmnet.interpolation import reach
from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.motion import estimate_flow
from filmnet.interpolation.plan import WHOLE
from filmnet.interpolation.reach import decision_level, find_start
from filmnet.model import Film, FilmConfig
from filmnet.model.layers import Head
from filmnet.weights import Padding


def pair(height: int = 48, width: int = 64) -> tuple[Tensor, Tensor]:
    image0, image1 = torch.rand(2, 1, 3, height, width, generator=torch.Generator().manual_seed(1))
    return image0, image1


class Confident(TorchBlocks):
    """Finds no motion at trained levels, and one pixel to the right and back below them."""

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        flow = torch.zeros(own.shape[0], 2, *own.shape[-2:])
        if level == self.config.pyramid_levels:
            flow[:1, 0], flow[1:, 0] = 1, -1
        return flow


def stripes(shift: int) -> Tensor:
    """Coloured columns, each four pixels of the coarsest trained level wide."""
    colours = torch.rand(1, 3, 1, 9, generator=torch.Generator().manual_seed(2)) > 0.5
    wide = colours.float().repeat_interleave(16, dim=3).expand(1, 3, 32, 144)
    return wide[..., shift : shift + 96]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start of one extra level is taken: each error is a tenth of the one before."""
    errors = (10.0**-k for k in itertools.count())
    monkeypatch.setattr(reach, "_error", lambda *_: next(errors))
    monkeypatch.setattr(reach, "MOST_EXTRA_LEVELS", 1)


@pytest.mark.usefixtures("always")
@torch.inference_mode()
def test_a_deeper_start_equals_a_network_of_more_levels(
    tiny_model: Film,
) -> None:
    deeper = Film(dataclasses.replace(tiny_model.config, pyramid_levels=4))
    deeper.load_state_dict(tiny_model.state_dict())
    image0, image1 = pair()
    expected, _ = deeper.estimate_flow(deeper.extract(image0), deeper.extract(image1))
    frame0, frame1 = tiny_model.extract(image0), tiny_model.extract(image1)
    start = find_start(TorchBlocks(tiny_model), frame0, frame1)
    assert start is not None
    flow_01, _ = tiny_model.estimate_flow(frame0, frame1, start.flow)
    for ours, theirs in zip(flow_01, expected, strict=False):
        torch.testing.assert_close(ours, theirs)


@torch.inference_mode()
def test_motion_that_only_lower_levels_see_is_found_and_told(tiny_model: Film) -> None:
    frame0, frame1 = (tiny_model.extract(stripes(shift)) for shift in (0, 8))
    # The right neighbour's pixel at level 3 is eight pixels of the frame away.
    start = find_start(Confident(tiny_model), frame1, frame0)
    assert start is not None
    assert start.extra_levels == 1
    assert start.reason.startswith("started at 1/8 instead of 1/4: moved onto each other, ")
    assert torch.equal(start.flow[0, 0], torch.full((8, 24), 2.0))


@torch.inference_mode()
def test_where_the_trained_start_fits_nothing_changes(tiny_model: Film) -> None:
    image = tiny_model.extract(stripes(0))
    assert find_start(Confident(tiny_model), image, image) is None


@torch.inference_mode()
def test_a_start_that_fits_no_better_is_not_taken(tiny_model: Film) -> None:
    frame0, frame1 = (tiny_model.extract(stripes(shift)) for shift in (0, 8))
    # Away from where the picture went.
    assert find_start(Confident(tiny_model), frame0, frame1) is None


@pytest.mark.usefixtures("always")
@torch.inference_mode()
def test_small_frames_have_no_room_for_more_levels(tiny_model: Film) -> None:
    frame = tiny_model.extract(pair(20, 64)[0])
    assert find_start(TorchBlocks(tiny_model), frame, frame) is None


@pytest.mark.usefixtures("always")
@torch.inference_mode()
def test_several_pairs_at_once_start_as_trained(tiny_model: Film) -> None:
    frame = tiny_model.extract(torch.rand(2, 3, 48, 64))
    assert find_start(TorchBlocks(tiny_model), frame, frame) is None


@pytest.mark.usefixtures("always")
def test_the_engine_starts_there_and_keeps_why(tiny_model: Film) -> None:
    engine = Engine(tiny_model, Padding(multiple=8), torch.device("cpu"), torch.float32)
    frame0, frame1 = (engine.prepare(image) for image in pair())
    made = engine.pair(frame0, frame1)
    assert made.start is not None
    with torch.inference_mode():
        plain, _ = estimate_flow(engine.blocks, frame0, frame1, WHOLE)
    assert not torch.equal(made.flow_01[0], plain[0])


@pytest.mark.usefixtures("always")
def test_as_published_it_starts_where_it_was_trained(tiny_model: Film) -> None:
    engine = Engine(tiny_model, Padding(multiple=8), torch.device("cpu"), torch.float32)
    bare = engine.as_published()
    frame0, frame1 = (bare.prepare(image) for image in pair())
    assert bare.pair(frame0, frame1).start is None
    assert bare.padding.multiple == 1
    assert (engine.lower_starts, engine.padding.multiple) == (True, 8)


def test_an_ordinary_pair_is_computed_as_published(tiny_model: Film) -> None:
    engine = Engine(tiny_model, Padding(multiple=8), torch.device("cpu"), torch.float32)
    image = 0.5 + 0.01 * pair()[0]
    frame0, frame1 = engine.prepare(image), engine.prepare(image + 0.001)
    made = engine.pair(frame0, frame1)
    with torch.inference_mode():
        plain, _ = estimate_flow(engine.blocks, frame0, frame1, WHOLE)
    assert made.start is None
    assert torch.equal(made.flow_01[0], plain[0])


def test_starts_are_compared_where_one_predictor_serves_all_levels() -> None:
    assert decision_level(FilmConfig()) == 5
    config = FilmConfig(
        pyramid_levels=3, fusion_pyramid_levels=2, specialized_levels=1, sub_levels=2,
        flow_convs=(1, 1), flow_filters=(4, 4),
    )  # fmt: skip
    assert decision_level(config) == 1


def test_nothing_to_descend_is_the_callers_bug(tiny_model: Film) -> None:
    with pytest.raises(ValueError, match="level 1 is finer than level 2"):
        reach.descend(TorchBlocks(tiny_model), {}, None, 1, 2)


@torch.inference_mode()
def test_a_known_start_is_added_and_looked_from(tiny_model: Film) -> None:
    for module in tiny_model.flow.modules():
        if isinstance(module, Head):
            torch.nn.init.zeros_(module.weight)
            torch.nn.init.zeros_(module.bias)
    frame = tiny_model.extract(pair()[0])
    flow_01, flow_10 = tiny_model.estimate_flow(frame, frame, torch.ones(2, 2, 12, 16))
    for flows in (flow_01, flow_10):
        assert [float(flow.mean()) for flow in flows] == [4.0, 2.0, 1.0]
