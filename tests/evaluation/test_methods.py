import numpy as np
import pytest
import torch

from evaluation_material import three, write_folders
from filmnet.errors import InputError
from filmnet.evaluation.kinds import Kind, Protocol
from filmnet.evaluation.methods import by_average, by_network, by_predictions, predictions_folder
from filmnet.evaluation.samples import Sample
from filmnet.evaluation.sets import find_sets
from filmnet.interpolation import Interpolator
from filmnet.interpolation.engine import Engine
from filmnet.media.pixels import to_tensor
from filmnet.weights import Padding, WeightsInfo
from material import texture, write_photo
from reference import reference_array


def interpolator(model, padding=None):
    padding = padding or Padding(multiple=64)
    info = WeightsInfo(name="tiny", config=model.config, padding=padding)
    return Interpolator(Engine(model, padding, torch.device("cpu"), torch.float32), info)


def sample(image0, truth, image1, name="a"):
    return Sample(name=name, image0=image0, truth=truth, image1=image1)


def test_film_runs_unpadded_and_does_not_round(tiny_model):
    image0, truth, image1 = (texture(30, 45, seed) for seed in range(3))
    made = by_network(interpolator(tiny_model), Protocol.film)(sample(image0, truth, image1))
    with torch.inference_mode():
        bare = tiny_model(to_tensor(image0), to_tensor(image1)).image.clamp(0, 1)
    assert torch.allclose(made, bare, atol=1e-6)
    assert not torch.allclose(made * 255, (made * 255).round(), atol=1e-3)


def test_film_gives_the_network_what_the_published_evaluation_gave(reference_model):
    """The published pair of 101x150, as near as 8 bits come, straight through the network."""
    pair = [reference_array("film_tiny_unpadded.npz", name) for name in ("image0", "image1")]
    codes = [(x[0] * 255).round().byte().permute(1, 2, 0).numpy() for x in pair]
    made = by_network(interpolator(reference_model), Protocol.film)(sample(*codes, codes[1]))
    published = reference_array("film_tiny_unpadded.npz", "image").clamp(0, 1)
    assert (made - published).abs().max() < 0.02


def test_community_pads_as_for_users_and_rounds(tiny_model):
    image0, truth, image1 = (texture(30, 45, seed) for seed in range(3))
    ours = interpolator(tiny_model)
    made = by_network(ours, Protocol.community)(sample(image0, truth, image1))
    assert torch.equal(made, to_tensor(ours.midpoint(image0, image1)))
    film = by_network(ours, Protocol.film)(sample(image0, truth, image1))
    assert (made - film).abs().max() > 1 / 255


def test_the_network_keeps_its_padding_for_others(tiny_model):
    ours = interpolator(tiny_model)
    by_network(ours, Protocol.film)(sample(*(texture(30, 45, seed) for seed in range(3))))
    assert ours.engine.padding.multiple == 64


def test_pictures_below_the_pyramid_are_refused_by_film_alone(tiny_model):
    small = sample(*(texture(3, 9, seed) for seed in range(3)), name="set/small")
    message = r"set/small: 9x3 is too small for the network without padding, which needs 4 pixels"
    with pytest.raises(InputError, match=message):
        by_network(interpolator(tiny_model), Protocol.film)(small)
    assert by_network(interpolator(tiny_model), Protocol.community)(small).shape == (1, 3, 3, 9)


def test_the_average_is_rounded_as_the_protocol_says():
    dark, light = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 3, np.uint8)
    film, community = (by_average(p)(sample(dark, dark, light)) * 255 for p in Protocol)
    assert film.unique().tolist() == pytest.approx([1.5], abs=1e-5)
    assert community.unique().tolist() == pytest.approx([2], abs=1e-5)


def test_predictions_are_found_by_the_triplets_names_in_any_format(tmp_path):
    (found,) = find_sets(Kind.triplets, [write_folders(tmp_path / "set")], Protocol.community)
    write_photo(tmp_path / "made" / "a.png", three(5)[1])
    write_photo(tmp_path / "made" / "b.webp", three(6)[1])
    made = by_predictions(tmp_path / "made", found)
    first = next(found.read())
    assert torch.equal(made(first), to_tensor(three(5)[1]))


def test_missing_predictions_are_counted_before_any_work(tmp_path):
    (found,) = find_sets(Kind.triplets, [write_folders(tmp_path / "set")], Protocol.community)
    write_photo(tmp_path / "made" / "a.png", three()[1])
    with pytest.raises(InputError, match=r"1 of 2 predictions for set are missing, .*made/b\.png"):
        by_predictions(tmp_path / "made", found)


def test_a_prediction_of_another_size_is_named(tmp_path):
    (found,) = find_sets(
        Kind.triplets, [write_folders(tmp_path / "set", ["a"])], Protocol.community
    )
    write_photo(tmp_path / "made" / "a.png", texture(16, 32))
    made = by_predictions(tmp_path / "made", found)
    with pytest.raises(InputError, match=r"a\.png: 32x16 uint8 differs from its truth, 32x32"):
        made(next(found.read()))


def test_predictions_of_several_sets_lie_in_a_folder_each(tmp_path):
    paths = [write_folders(tmp_path / name) for name in ("one", "two")]
    one, two = find_sets(Kind.triplets, paths, Protocol.community)
    assert predictions_folder(tmp_path, one, [one]) == tmp_path
    assert predictions_folder(tmp_path, two, [one, two]) == tmp_path / "two"
