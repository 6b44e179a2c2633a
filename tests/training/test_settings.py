import pytest

from filmnet.errors import RecipeError
from filmnet.training.settings import Setting, name_of, parse_setting, with_value


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("losses.style=10,20,40", "losses.style", (10, 20, 40)),
        ("optimization.learning_rate=1e-4, 2e-4", "optimization.learning_rate", (1e-4, 2e-4)),
        ("losses.style=[[0, 0], [50, 40]],20", "losses.style", ([[0, 0], [50, 40]], 20)),
        (
            "optimization.schedule=cosine,staircase",
            "optimization.schedule",
            ("cosine", "staircase"),
        ),
        ('precision="32-true"', "precision", ("32-true",)),
        ("precision=32-true", "precision", ("32-true",)),
        ("augmentation.quarter_turns=true,false", "augmentation.quarter_turns", (True, False)),
    ],
)
def test_values_are_numbers_lists_and_words(text, key, values):
    assert parse_setting(text) == Setting(key=key, values=values)


@pytest.mark.parametrize(
    "text", ["losses.style", "losses.style=", "=10", "losses..style=1", "a b=1"]
)
def test_what_is_no_setting_shows_one(text):
    with pytest.raises(RecipeError, match=r"for example losses\.style=10,20,40"):
        parse_setting(text)


def test_a_value_twice_is_refused():
    with pytest.raises(RecipeError, match="gives 10 twice"):
        parse_setting("losses.style=10,20,10.0")


def test_a_value_is_replaced_in_a_copy():
    values = {"seed": 1, "losses": {"l1": 1.0}, "stages": [{"steps": 1}, {"steps": 2}]}
    before = repr(values)
    assert with_value(values, "seed", 3)["seed"] == 3
    assert with_value(values, "losses.style", 20)["losses"] == {"l1": 1.0, "style": 20}
    assert with_value(values, "model.filters", 8)["model"] == {"filters": 8}
    assert with_value(values, "stages.2.steps", 9)["stages"] == [{"steps": 1}, {"steps": 9}]
    assert repr(values) == before


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("name.x", "name is a value, not a table"),
        ("stages.3.steps", "the recipe's stages are 1 to 2"),
        ("stages.0.steps", "the recipe's stages are 1 to 2"),
        ("stages.steps", r"name a stage and its key, for example stages\.1\.crop_px"),
    ],
)
def test_a_key_that_leads_nowhere_is_refused(key, message):
    with pytest.raises(RecipeError, match=f"--set {key}: {message}"):
        with_value({"name": "x", "stages": [{}, {}]}, key, 1)


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ({"losses.style": 10, "optimization.learning_rate": 1e-4}, "style=10_learning_rate=0.0001"),
        ({"losses.style": 20.0}, "style=20"),
        ({"optimization.final_learning_rate": 1e-07}, "final_learning_rate=1e-07"),
        ({"stages.1.batch": 2, "stages.2.batch": 4}, "stages.1.batch=2_stages.2.batch=4"),
        ({"losses.style": [[0, 0.0], [50, 40]]}, "style=0-0.0-50-40"),
        ({"optimization.schedule": "cosine"}, "schedule=cosine"),
        ({"name": "../a b"}, "name=..-a-b"),
        ({"x": True}, "x=true"),
    ],
)
def test_names_of_runs_are_readable_and_safe_names_of_folders(point, name):
    assert name_of(point) == name
