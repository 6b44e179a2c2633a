from __future__ import annotations

import torch

from filmnet.model import FilmConfig
from filmnet.model.flow import FlowEstimator
from filmnet.model.layers import Head

CONFIG = FilmConfig(
    pyramid_levels=4, specialized_levels=1, sub_levels=2, filters=2,
    flow_convs=(1, 1), flow_filters=(4, 4), fusion_pyramid_levels=2,
)  # fmt: skip


def constant_heads(estimator: FlowEstimator) -> None:
    for module in estimator.modules():
        if isinstance(module, Head):
            torch.nn.init.zeros_(module.weight)
            torch.nn.init.ones_(module.bias)


@torch.inference_mode()
def test_residuals_add_up_from_coarse_to_fine_in_each_levels_pixels() -> None:
    estimator = FlowEstimator(CONFIG)
    constant_heads(estimator)
    features = [torch.rand(1, CONFIG.feature_channels(i), 16 >> i, 24 >> i) for i in range(4)]
    flow_pyramid = estimator(features, features)
    # 1 at the coarsest, then twice the coarser plus 1: 1, 3, 7, 15.
    assert [float(flow.mean()) for flow in flow_pyramid] == [15.0, 7.0, 3.0, 1.0]
    assert [tuple(flow.shape[-2:]) for flow in flow_pyramid] == [(16, 24), (8, 12), (4, 6), (2, 3)]


def test_only_the_finest_levels_have_predictors_of_their_own() -> None:
    assert len(FlowEstimator(CONFIG).predictors) == CONFIG.specialized_levels + 1
