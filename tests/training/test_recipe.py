import json

import pytest

from material import tiny_recipe


def test_a_recipe_survives_json():
    values = json.loads(json.dumps(tiny_recipe().to_dict()))
    assert values["model"]["flow_filters"] == [4, 4]
    assert values["stages"][1]["crop_px"] == 24


def test_stages_follow_each_other():
    recipe = tiny_recipe()
    assert recipe.steps == 6
    assert [recipe.stage_at(step) for step in (0, 2, 3, 5)] == [(0, 0), (0, 0), (1, 3), (1, 3)]
    with pytest.raises(ValueError, match=r"step 6 is past the last of 6"):
        recipe.stage_at(6)
