import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.model import Film, FilmConfig
from filmnet.weights.fit import fit, fit_foreign, parameter_shapes, stored_precision
from filmnet.weights.names import COMFYUI, PORT, TENSORFLOW, Depths
from filmnet.weights.tensorflow_files import as_torch_kernels

TINY = FilmConfig(filters=8, flow_filters=(4, 8, 16, 32))


def _fit_error(tensors, naming=PORT):
    with pytest.raises(WeightsError) as caught:
        fit_foreign(tensors, naming, "film.pt")
    return str(caught.value)


def test_parameter_shapes_are_those_of_the_network():
    built = {name: tuple(tensor.shape) for name, tensor in Film(TINY).state_dict().items()}
    assert parameter_shapes(TINY) == built


def test_the_published_network_has_34436667_parameters():
    sizes = [torch.Size(shape).numel() for shape in parameter_shapes(FilmConfig()).values()]
    assert sum(sizes) == 34_436_667


def test_every_naming_gives_the_reference_network(
    variables, port, comfyui, reference_state, tiny_config
):
    kernels = as_torch_kernels({name: torch.from_numpy(v) for name, v in variables.items()})
    for tensors, naming in ((kernels, TENSORFLOW), (port, PORT), (comfyui, COMFYUI)):
        config, state_dict = fit_foreign(tensors, naming, "file")
        assert config == tiny_config
        assert state_dict.keys() == reference_state.keys()
        assert all(torch.equal(state_dict[name], x) for name, x in reference_state.items())


def test_each_weight_is_used_exactly_once(port):
    marked = {name: torch.full_like(x, float(i)) for i, (name, x) in enumerate(port.items())}
    _, state_dict = fit_foreign(marked, PORT, "file")
    assert sorted(float(x.flatten()[0]) for x in state_dict.values()) == list(range(len(port)))


def test_other_depths_than_the_published_ones_follow_from_the_names():
    config = FilmConfig(
        sub_levels=2,
        specialized_levels=1,
        fusion_pyramid_levels=3,
        filters=2,
        flow_convs=(1, 2),
        flow_filters=(4, 6),
    )
    from filmnet.weights.names import Depths

    table = PORT.table(Depths(sub_levels=2, flow_convs=(1, 2), fusion_levels=2))
    tensors = {table[ours]: torch.zeros(shape) for ours, shape in parameter_shapes(config).items()}
    assert fit_foreign(tensors, PORT, "file")[0] == config


def test_half_precision_becomes_float32(port):
    halves = {name: tensor.half() for name, tensor in port.items()}
    _, state_dict = fit_foreign(halves, PORT, "file")
    assert {tensor.dtype for tensor in state_dict.values()} == {torch.float32}
    assert stored_precision(halves.values()) == "float16"


def test_missing_extra_and_misshapen_weights_are_listed_in_one_error(port):
    tensors = dict(port)
    del tensors["fuse.output_conv.bias"]
    tensors["discriminator.weight"] = torch.zeros(3)
    tensors["fuse.convs.0.1.0.weight"] = torch.zeros(3, 4)
    message = _fit_error(tensors)
    assert message.startswith("film.pt: ")
    assert "1 missing: fuse.output_conv.bias;" in message
    assert "1 unknown: discriminator.weight;" in message
    assert "fuse.convs.0.1.0.weight (3x4 float32, not 64x314x3x3)" in message


def test_a_long_list_is_shortened_with_a_count(port):
    tensors = {name: x for name, x in port.items() if "_predictors.2." not in name}
    message = _fit_error(tensors)
    assert "10 missing: predict_flow._predictors.2._convs.0.0.weight" in message
    assert message.count("_predictors.2.") == 6
    assert "and 4 more" in message


def test_the_first_kernel_missing_is_one_missing_weight(port):
    tensors = dict(port)
    del tensors["extract.extract_sublevels.convs.0.0.0.weight"]
    message = _fit_error(tensors)
    assert "1 missing: extract.extract_sublevels.convs.0.0.0.weight;" in message
    assert "wrong shape" not in message


def test_weights_that_are_not_finite_are_an_error(port):
    tensors = dict(port)
    tensors["fuse.output_conv.bias"] = torch.tensor([0.0, float("nan"), 0.0])
    assert "1 with values that are not finite: fuse.output_conv.bias" in _fit_error(tensors)


def test_whole_numbers_are_no_weights(port):
    tensors = dict(port)
    tensors["fuse.output_conv.bias"] = torch.zeros(3, dtype=torch.int64)
    assert "fuse.output_conv.bias (3 int64, not 3)" in _fit_error(tensors)


def test_our_own_names_need_no_table():
    state_dict = Film(TINY).state_dict()
    assert fit(state_dict, TINY, "file").keys() == state_dict.keys()


def test_kernels_of_one_channel_are_a_wrong_shape_not_a_fault_of_ours():
    names = PORT.table(Depths()).values()
    tensors = {name: torch.zeros((1, 1, 3, 3) if "weight" in name else 1) for name in names}
    with pytest.raises(WeightsError, match="of the wrong shape"):
        fit_foreign(tensors, PORT, "film.pt")
