"""The layout of tiles; what is made on them is compared with the whole in test_tiles."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from filmnet.interpolation.blocks import TorchBlocks
from filmnet.interpolation.region import Region, size_of
from filmnet.interpolation.synthesis import DECODER_HALO, fusion_tiles
from filmnet.model import Film, FilmConfig

LENGTHS = [*range(200, 232), 375, 511, 513, 750, 1023, 3001]


def sizes(length: int, levels: int = 5) -> list[tuple[int, int]]:
    """Of pyramid levels as high as wide."""
    return [(length >> level, length >> level) for level in range(levels)]


@pytest.mark.parametrize("levels", [2, 3, 5])
@pytest.mark.parametrize("tile_px", [64, 150, 10_000])
def test_insides_cover_each_pixel_once(tile_px: int, levels: int) -> None:
    for length in (200, 201, 223, 257):
        seen = torch.zeros(length, length)
        for tile in fusion_tiles(sizes(length, levels), tile_px):
            tile.inside.crop(seen).add_(1)
        assert torch.equal(seen, torch.ones_like(seen))


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_crops_take_the_same_coarser_pixels_as_the_whole_frame(levels: int) -> None:
    for length in LENGTHS:
        lengths = [size[0] for size in sizes(length, levels)]
        for tile in fusion_tiles([(n, 1) for n in lengths], 128):
            for level in range(levels - 1):
                fine, coarse = tile.crops[level], tile.crops[level + 1]
                whole = coarser_pixels(lengths[level + 1], lengths[level])
                own = coarser_pixels(coarse.height, fine.height) + coarse.top
                assert own.equal(whole[fine.top : fine.bottom]), (length, level, fine)


def test_a_frame_that_fits_is_one_tile_without_a_halo() -> None:
    (tile,) = fusion_tiles(sizes(201), 201)
    assert tile.inside == Region(0, 0, 201, 201)
    assert [(crop.height, crop.width) for crop in tile.crops] == sizes(201)


def test_tiles_are_about_as_large_as_asked_for() -> None:
    for length in LENGTHS:
        tiles = fusion_tiles(sizes(length), 128)
        assert max(tile.inside.height for tile in tiles) <= 128 + 32 + 1
        assert len(tiles) <= (length // 128 + 3) ** 2


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_the_decoder_sees_no_further_than_its_halo(levels: int) -> None:
    torch.manual_seed(0)
    config = FilmConfig(filters=2, fusion_pyramid_levels=levels, flow_filters=(2, 2, 2, 2))
    blocks = TorchBlocks(Film(config))
    side = 16 << (levels - 1)
    aligned = [
        [torch.rand(1, c, side >> level, side >> level, requires_grad=True) for c in parts]
        for level in range(levels)
        for parts in [(3, config.feature_channels(level), 3, config.feature_channels(level), 2, 2)]
    ]
    first, last = side // 4, 3 * side // 4
    inside = Region.spanning((first, last), (first, last))
    inside.crop(blocks.fuse(aligned)).sum().backward()
    for level, parts in enumerate(aligned):
        crop = Region(4, 4, 8, 8).grown(DECODER_HALO).to_finer(levels - 1 - level)
        for part in parts:
            gradient = part.grad.clone()
            crop.crop(gradient).zero_()
            assert not gradient.any(), level


def coarser_pixels(coarse: int, fine: int) -> torch.Tensor:
    """Which coarser pixel the decoder's resize gives to each finer one."""
    pixels = torch.arange(float(coarse)).view(1, 1, -1, 1)
    resized = F.interpolate(pixels, (fine, 1), mode="nearest-exact")
    assert size_of(resized) == (fine, 1)
    return resized.flatten().long()
