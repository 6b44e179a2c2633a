import pytest

from filmnet.model import FilmConfig
from filmnet.weights.fit import parameter_shapes
from filmnet.weights.names import COMFYUI, PORT, TENSORFLOW, Depths, places


def test_the_three_namings_call_the_same_weight_by_the_names_seen_in_the_files(foreign_names):
    tables = [naming.table(Depths()) for naming in (TENSORFLOW, PORT, COMFYUI)]
    made = {tuple(table[ours] for table in tables) for ours in tables[0]}
    assert made == set(foreign_names)


def test_the_places_are_exactly_the_convolutions_of_the_network():
    modules = [name.removesuffix(".weight") for name in parameter_shapes(FilmConfig())]
    assert {place.module for place in places(Depths())} == {
        module for module in modules if not module.endswith(".bias")
    }


def test_the_port_counts_flow_predictors_and_fusion_levels_from_the_coarsest():
    table = PORT.table(Depths())
    assert table["flow.predictors.0.head.bias"] == "predict_flow._predictors.2._convs.4.0.bias"
    assert table["flow.predictors.3.reduce.bias"] == "predict_flow._predictor._convs.3.0.bias"
    assert table["fusion.levels.3.upsample.bias"] == "fuse.convs.0.0.0.bias"


def test_the_first_fusion_convolution_has_no_number_in_tensorflow():
    table = TENSORFLOW.table(Depths())
    assert table["fusion.levels.0.upsample.weight"] == "fusion/conv2d/kernel"
    assert table["fusion.head.weight"] == "fusion/conv2d_12/kernel"


@pytest.mark.parametrize("naming", [TENSORFLOW, PORT, COMFYUI])
@pytest.mark.parametrize(
    "depths", [Depths(), Depths(sub_levels=2, flow_convs=(1, 4), fusion_levels=2)]
)
def test_depths_are_read_back_from_the_names(naming, depths):
    assert naming.depths(naming.table(depths).values()) == depths
