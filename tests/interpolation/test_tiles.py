"""Tiles and the whole frame give the same: at any size, motion and depth of storage."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from filmnet.interpolation import tiling
from filmnet.interpolation.engine import Engine
from filmnet.interpolation.planner import Limits
from filmnet.interpolation.tiling import fusion_tiles
from filmnet.model import Film, FilmConfig
from filmnet.weights import Padding

TINY = {"filters": 2, "flow_filters": (4, 4, 4, 4)}
"""The published numbers of levels and convolutions, with few channels."""

STORED_LEVELS = (0, 1, 2, 3, 7)

# Convolutions of other sizes sum in another order; random weights amplify that.
TOLERANCE = 2e-4


def network(output: str = "image", motion: float = 1.0) -> Film:
    """A seeded network whose flow reaches far with `motion`."""
    torch.manual_seed(0)
    model = Film(FilmConfig(output=output, **TINY)).eval().requires_grad_(False)
    for predictor in model.flow.predictors:
        predictor.head.weight.mul_(motion)
    return model


def tiles(stored_level: int = 0) -> Limits:
    return Limits(tile_px=96, stored_level=stored_level)


def engine(model: Film, limits: Limits | None = None, dtype: torch.dtype = torch.float32) -> Engine:
    return Engine(model, Padding(multiple=1), torch.device("cpu"), dtype, limits)


def pictures(kind: str, height: int, width: int, batch: int = 1) -> tuple[Tensor, Tensor]:
    """Two pictures of one kind."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand(2, batch, 3, height, width, generator=generator)
    if kind == "constant":
        return torch.zeros_like(noise[0]), torch.ones_like(noise[0])
    if kind == "extreme":
        return tuple((noise > 0.5) * 2.0 - 0.5)
    coarse = torch.rand(batch, 3, height // 6 + 8, width // 6 + 8, generator=generator)
    smooth = F.interpolate(coarse, scale_factor=6, mode="bicubic")
    moved = smooth[..., 13 : 13 + height, 29 : 29 + width]
    return smooth[..., :height, :width], moved


def made(engine: Engine, pair: tuple[Tensor, Tensor], times: Iterator[float]) -> list[Tensor]:
    estimated = engine.pair(*(engine.prepare(image) for image in pair))
    return [engine.make(estimated, t) for t in times]


def farthest(a: list[Tensor], b: list[Tensor]) -> float:
    return max(float((x - y).abs().max()) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("kind", ["moving", "constant", "extreme"])
@pytest.mark.parametrize("output", ["image", "blend"])
def test_tiles_equal_the_plain_network_on_any_picture(output: str, kind: str) -> None:
    model = network(output, motion=10.0)
    pair = pictures(kind, 263, 301)
    with torch.inference_mode():
        whole = [model(*pair, t).image for t in (0.1, 0.5)]
    assert farthest(made(engine(model), pair, (0.1, 0.5)), whole) < TOLERANCE
    tiled = engine(model, tiles())
    assert farthest(made(tiled, pair, (0.1, 0.5)), whole) < TOLERANCE


@pytest.mark.parametrize("stored_level", STORED_LEVELS)
def test_features_held_or_computed_anew_are_the_same(stored_level: int) -> None:
    model = network(motion=10.0)
    pair = pictures("moving", 229, 243)
    whole, tiled = (
        made(engine(model, limits), pair, [0.3])
        for limits in (None, tiles(stored_level=stored_level))
    )
    assert farthest(whole, tiled) < TOLERANCE


@pytest.mark.parametrize("size", [(64, 64), (65, 300), (200, 127), (255, 257), (64, 413)])
def test_odd_sizes_and_batches_of_two(size: tuple[int, int]) -> None:
    model = network("blend")
    pair = pictures("moving", *size, batch=2)
    whole, tiled = (made(engine(model, limits), pair, [0.5]) for limits in (None, tiles()))
    assert farthest(whole, tiled) < TOLERANCE


def test_a_wild_flow_that_looks_everywhere_is_followed() -> None:
    model = network(motion=300.0)
    pair = pictures("extreme", 224, 256)
    plain, tiled = (engine(model, limits) for limits in (None, tiles(stored_level=2)))
    frames = [[e.prepare(image) for image in pair] for e in (plain, tiled)]
    pairs = [e.pair(*two) for e, two in zip((plain, tiled), frames, strict=True)]
    assert float(pairs[0].flow_01[0].abs().max()) > 200
    # One flow for both: a wild one turns rounding into other pixels.
    pairs[1].flow_01, pairs[1].flow_10 = pairs[0].flow_01, pairs[0].flow_10
    assert farthest([plain.make(pairs[0], 0.5)], [tiled.make(pairs[1], 0.5)]) < TOLERANCE


def test_tiles_in_bfloat16_equal_the_whole_within_its_rounding() -> None:
    model = network("blend")
    pair = pictures("moving", 200, 215)
    whole, tiled = (
        made(engine(model, limits, torch.bfloat16), pair, [0.5])[0]
        for limits in (None, tiles(stored_level=2))
    )
    assert -10 * torch.log10((whole - tiled).square().mean()) > 45


A_SEAM = 1e-4
"""A fortieth of a grey level of 255: below it is rounding alone."""


def steps_at_seams(model: Film, pair: tuple[Tensor, Tensor]) -> float:
    """The largest step over an edge of tiles that the whole frame does not have there."""
    tiled = engine(model, tiles())
    frame = tiled.prepare(pair[0])
    (whole,), (image,) = made(engine(model), pair, [0.5]), made(tiled, pair, [0.5])
    layout = fusion_tiles([frame.size(level) for level in range(5)], 96)
    rows = sorted({tile.inside.top for tile in layout} - {0})
    columns = sorted({tile.inside.left for tile in layout} - {0})
    assert min(len(rows), len(columns)) >= 2
    down, across = ((image - whole).diff(dim=axis).abs() for axis in (-2, -1))
    at_rows = down[..., [row - 1 for row in rows], :]
    at_columns = across[..., [column - 1 for column in columns]]
    return float(max(at_rows.max(), at_columns.max()))


def ramps() -> tuple[Tensor, Tensor]:
    """Two smooth pictures that lie 60 px apart, where a seam would be seen most."""
    ramp = torch.linspace(0, 1, 320) + torch.linspace(0, 1, 256)[:, None]
    picture = (ramp / 2).expand(1, 3, 256, 320).contiguous()
    return picture, picture.roll(60, dims=-1)


def test_no_seam_in_a_smooth_picture_with_large_motion() -> None:
    assert steps_at_seams(network("blend", motion=5.0), ramps()) < A_SEAM


def test_tiles_without_a_halo_would_show_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "DECODER_HALO", 0)
    assert steps_at_seams(network("blend", motion=5.0), ramps()) > 3 * A_SEAM


def test_values_out_of_range_are_made_again_in_float32_tile_by_tile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = network()
    model.extractor.stages[0][0].weight.mul_(1e6)  # past float16, and undone by the next layer
    model.extractor.stages[0][1].weight.mul_(1e-6)
    pair = pictures("moving", 150, 170)
    limits = tiles(stored_level=1)
    (exact,) = made(engine(model), pair, [0.5])
    half = engine(model, limits, torch.float16)
    frames = [half.prepare(image) for image in pair]
    assert farthest([half.make(half.pair(*frames), 0.5)], [exact]) < TOLERANCE
    assert "made again in float32" in caplog.text


def test_every_size_down_to_one_pixel_is_made_on_tiles() -> None:
    model = network()
    for height, width in itertools.product((1, 17, 70), repeat=2):
        pair = pictures("extreme", height, width)
        assert made(engine(model, tiles()), pair, [0.5])[0].shape == pair[0].shape
