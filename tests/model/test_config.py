from __future__ import annotations

from typing import Any

import pytest

from filmnet.model import FilmConfig


def test_defaults_are_the_published_channels() -> None:
    config = FilmConfig()
    assert [config.feature_channels(i) for i in range(7)] == [64, 192, 448, 960, 960, 960, 960]
    assert [config.fusion_channels(i) for i in range(4)] == [64, 128, 256, 512]
    assert config.smallest_side == 64


def test_a_configuration_survives_plain_values() -> None:
    config = FilmConfig(filters=12, output="blend")
    assert FilmConfig.from_dict(config.to_dict()) == config


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown architecture keys \['width'\]"):
        FilmConfig.from_dict({"width": 3})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flow_convs": (3, 3)}, "one entry per predictor"),
        ({"sub_levels": 9}, "sub_levels 9 exceed"),
        (
            {"specialized_levels": 7, "flow_convs": (1,) * 8, "flow_filters": (8,) * 8},
            "leave no level",
        ),
        ({"sub_levels": 5}, "specialized_levels 3 they are 4 at most"),
        ({"fusion_pyramid_levels": 8}, "must lie in 2"),
        ({"output": "both"}, "neither 'image' nor 'blend'"),
        ({"filters": 0}, "start at 1"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FilmConfig(**changes)
