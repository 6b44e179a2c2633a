import torch

from filmnet.interpolation.region import Region, size_of, split


def test_a_region_grown_is_clipped_at_the_frames_border() -> None:
    assert Region(2, 10, 5, 5).grown(4).clipped((20, 16)) == Region(0, 6, 11, 10)


def test_finer_and_coarser_undo_each_other_where_pixels_are_whole() -> None:
    region = Region(3, 5, 7, 9)
    assert region.to_finer(2) == Region(12, 20, 28, 36)
    assert region.to_finer(2).to_coarser(2) == region


def test_a_coarser_region_at_the_border_rounds_down_as_averaging_does() -> None:
    assert Region(8, 0, 7, 15).to_coarser(2) == Region(2, 0, 1, 3)


def test_a_crop_is_the_named_part_and_no_copy() -> None:
    image = torch.arange(30.0).view(1, 1, 5, 6)
    crop = Region(1, 2, 3, 4).crop(image)
    assert size_of(crop) == (3, 4)
    assert float(crop[0, 0, 0, 0]) == 8
    assert crop.data_ptr() == image[..., 1:, 2:].data_ptr()


def test_within_counts_from_the_first_pixel_of_the_outer_region() -> None:
    inner, outer = Region(5, 6, 2, 2), Region(3, 3, 6, 6)
    image = torch.rand(1, 1, 12, 12)
    assert torch.equal(inner.within(outer).crop(outer.crop(image)), inner.crop(image))


def test_squares_cover_each_pixel_once() -> None:
    seen = torch.zeros(1, 1, 13, 22)
    for tile in split(Region(2, 3, 10, 17), 4):
        tile.crop(seen).add_(1)
    assert torch.equal(seen, torch.nn.functional.pad(torch.ones(1, 1, 10, 17), (3, 2, 2, 1)))
