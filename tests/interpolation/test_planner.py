from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor

import filmnet.interpolation.planner as module
from filmnet.errors import DeviceError, InputError
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.plan import Plan
from filmnet.interpolation.planner import Limits, Planner
from filmnet.model import Film, FilmConfig
from filmnet.weights import Padding

SMALL = FilmConfig(filters=16, flow_filters=(16, 32, 64, 128), output="blend")
PHOTO = (3000, 4000)
GB = 10**9
OUT_OF_MEMORY = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"


def planner(limits: Limits, config: FilmConfig = SMALL) -> Planner:
    return Planner(config, torch.float32, torch.device("cpu"), limits)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How much memory is free, in bytes, which a test may change."""
    size = [8.0 * GB]
    monkeypatch.setattr(module, "free_bytes", lambda _: size[0])
    return size


def test_a_small_frame_is_one_tile_and_nothing_is_said(
    free: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert planner(Limits()).plan(1, (720, 1280)) == Plan()
    assert not caplog.text


def test_tiles_are_announced_in_one_line(
    free: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    plan = planner(Limits()).plan(1, PHOTO)
    assert plan.tile_px < 4000
    (record,) = caplog.records
    assert record.getMessage().startswith("4000x3000 in ")
    assert f" tiles of up to {plan.tile_px} px, about " in record.getMessage()


def test_a_size_is_planned_once(free: list[float]) -> None:
    plans = planner(Limits())
    first = plans.plan(1, PHOTO)
    free[0] = 100.0 * GB
    assert plans.plan(1, PHOTO) is first
    assert plans.plan(1, (2999, 4000)) != first


def test_a_limit_takes_the_place_of_what_is_free(free: list[float]) -> None:
    generous, tight = planner(Limits(memory_bytes=64 * GB)), planner(Limits(memory_bytes=4 * GB))
    assert generous.plan(1, PHOTO) == Plan()
    assert tight.plan(1, PHOTO).tile_px < 1024


def test_a_forced_side_is_kept(free: list[float]) -> None:
    assert planner(Limits(tile_px=333)).plan(1, (720, 1280)).tile_px == 333


def test_what_cannot_fit_is_refused_before_any_work(free: list[float]) -> None:
    free[0] = 0.5 * GB
    with pytest.raises(DeviceError, match=r"4000x3000 need about .* GB even in tiles of up to"):
        planner(Limits()).plan(1, PHOTO)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"tile_px": 5}, "tiles of 5 px are too small; use 96"),
        ({"memory_bytes": 10**8}, "0.1 GB are not enough for the program alone"),
    ],
)
def test_limits_without_sense_are_refused(limits: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Limits(**limits)


class Scarce(Engine):
    """An engine whose device fails to allocate for what is larger than `largest` pixels."""

    largest = 0

    def __init__(self, model: Film, limits: Limits) -> None:
        super().__init__(model, Padding(multiple=1), torch.device("cpu"), torch.float32, limits)
        column, fuse = self.blocks.column, self.blocks.fuse
        self.blocks.column = lambda image, stages: column(self._checked(image), stages)
        self.blocks.fuse = lambda aligned: (self._checked(aligned[0][0]), fuse(aligned))[1]

    def _checked(self, image: Tensor) -> Tensor:
        if image.shape[-1] * image.shape[-2] > self.largest:
            raise RuntimeError(OUT_OF_MEMORY)
        return image


def scarce(largest: int) -> tuple[Scarce, Tensor, Tensor]:
    """An engine with that little memory, and two pictures."""
    torch.manual_seed(0)
    model = Film(FilmConfig(filters=2, flow_filters=(4, 4, 4, 4))).eval()
    engine = Scarce(model, Limits(memory_bytes=GB))
    engine.largest = largest
    return engine, torch.rand(1, 3, 500, 600), torch.rand(1, 3, 500, 600)


def test_when_memory_runs_out_a_smaller_plan_makes_the_same_picture(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine, *pictures = scarce(360 * 360)
    made = engine.make(engine.pair(*(engine.prepare(image) for image in pictures)), 0.5)
    assert "not enough memory; 600x500 in " in caplog.text
    engine, *_ = scarce(10**9)
    whole = engine.make(engine.pair(*(engine.prepare(image) for image in pictures)), 0.5)
    assert float((made - whole).abs().max()) < 2e-4  # other sizes sum in another order


def test_a_pair_goes_on_in_smaller_tiles(caplog: pytest.LogCaptureFixture) -> None:
    engine, *pictures = scarce(10**9)
    pair = engine.pair(*(engine.prepare(image) for image in pictures))
    whole = engine.make(pair, 0.5)
    engine.largest = 300 * 300
    assert float((engine.make(pair, 0.5) - whole).abs().max()) < 2e-4
    assert caplog.text.count("not enough memory; ") >= 1


def test_only_when_the_smallest_plan_fails_it_is_an_error() -> None:
    engine, picture, _ = scarce(10)
    with pytest.raises(DeviceError, match=r"not enough memory for frames of 600x500, tiles of up"):
        engine.prepare(picture)


def test_other_errors_pass_through() -> None:
    engine, picture, _ = scarce(10**9)
    engine.blocks.column = lambda image, stages: [][0]
    with pytest.raises(IndexError):
        engine.prepare(picture)
