from dataclasses import replace
from pathlib import Path

import pytest

from filmnet.errors import RecipeError
from filmnet.model import FilmConfig
from filmnet.training import recipe_file
from filmnet.training.recipe import Recipe, Stage
from filmnet.training.recipe_file import read_recipe, read_recipe_values, recipe_from_dict
from filmnet.weights import Padding

CONFIGS = Path(__file__).parents[2] / "configs"
LEAST = 'name = "least"\n[[stages]]\nsteps = 3\ncrop_px = 64\n'


@pytest.fixture
def read(tmp_path):
    """A function that reads a recipe from its text."""

    def read(text):
        (tmp_path / "recipe.toml").write_text(text)
        return read_recipe(tmp_path / "recipe.toml")

    return read


def test_the_shipped_recipes_can_be_read():
    recipes = [read_recipe(path) for path in sorted(CONFIGS.glob("*.toml"))]
    stems = [path.stem.removesuffix("-continued") for path in sorted(CONFIGS.glob("*.toml"))]
    assert [recipe.name for recipe in recipes] == stems


def test_the_recipe_of_the_default_weights_has_its_values():
    recipe = read_recipe(CONFIGS / "small.toml")
    assert recipe.model.filters == 16
    assert recipe.model.flow_filters == (16, 32, 64, 128)
    assert recipe.losses.flow == 0.02
    assert [stage.crop_px for stage in recipe.stages] == [64, 112, 112]


PUBLISHED = {
    "model": FilmConfig(
        pyramid_levels=7,
        fusion_pyramid_levels=5,
        specialized_levels=3,
        sub_levels=4,
        filters=64,
        flow_convs=(3, 3, 3, 3),
        flow_filters=(32, 64, 128, 256),
        output="image",
    ),
    "padding": Padding(multiple=64, mode="zeros"),
    "times": "midpoint",
    "precision": "32-true",
    "evaluate_every": 3000,
    "checkpoint_every": 3000,
    "keep_checkpoints": 10,
    "keep_every_hours": 2.0,
}
OPTIMIZATION = {
    "optimizer": "keras-adam",
    "betas": (0.9, 0.999),
    "epsilon": 1e-7,
    "learning_rate": 1e-4,
    "schedule": "staircase",
    "decay_steps": 750_000,
    "decay_rate": 0.464158,
    "fusion_rate": 1.0,
    "warmup_steps": 0,
    "weight_decay": 0.0,
    "clip_norm": 0.0,
    "ema_decay": 0.0,
}
AUGMENTATION = {
    "quarter_turns": True,
    "mirror_probability": 0.5,
    "rotation_probability": 0.5,
    "rotation_degrees": 45.0,
    "swap_probability": 0.5,
    "channel_shuffle_probability": 0.0,
}
STAGE = {"steps": 3_000_000, "batch": 8, "crop_px": 256, "real_share": 1.0, "accumulate": 1}
LOSSES = {  # (L1, VGG, style) until step 1,500,000, counted from 0 and included, and after it
    "film-l1": ((1, 0, 0), (1, 0, 0)),
    "film-vgg": ((1, 1, 0), (1, 0.25, 0)),
    "film-style": ((1, 1, 0), (1, 0.25, 40)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_published_recipes_have_the_published_values(name):
    recipe = read_recipe(CONFIGS / f"{name}.toml")
    assert {key: getattr(recipe, key) for key in PUBLISHED} == PUBLISHED
    assert {key: getattr(recipe.optimization, key) for key in OPTIMIZATION} == OPTIMIZATION
    assert {key: getattr(recipe.augmentation, key) for key in AUGMENTATION} == AUGMENTATION
    (stage,) = recipe.stages
    assert {key: getattr(stage, key) for key in STAGE} == STAGE
    at = [recipe.losses.at(step)[:3] for step in (0, 1_500_000, 1_500_001, 2_999_999)]
    before, after = LOSSES[name]
    assert at == [before, before, after, after]
    assert (recipe.losses.flow, recipe.losses.warped) == (0, 0)


def test_a_number_stands_for_a_schedule_that_never_changes(read):
    losses = read(LEAST + "[losses]\nl1 = 2\nstyle = [[0, 0], [5, 40]]\n").losses
    assert (losses.l1, losses.style) == (((0, 2.0),), ((0, 0.0), (5, 40.0)))


def test_other_values_make_another_recipe(read, tmp_path):
    recipe = read(LEAST)
    values = read_recipe_values(tmp_path / "recipe.toml")
    values["losses"] = {"style": 20}
    assert recipe_from_dict(values, Path("grid")).losses.style == ((0, 20.0),)
    assert replace(recipe_from_dict(values, Path("grid")), losses=recipe.losses) == recipe
    with pytest.raises(RecipeError, match=r"^grid: unknown key 'colour'"):
        recipe_from_dict(values | {"colour": 1}, Path("grid"))


def test_what_a_recipe_leaves_out_has_its_default(read):
    recipe = read(LEAST)
    assert recipe == Recipe(name="least", stages=(Stage(steps=3, crop_px=64),))


def test_whole_numbers_stand_for_fractions_and_lists_for_tuples(read):
    recipe = read(LEAST + "motion_px = 20\n[optimization]\nbetas = [0, 0.99]\n")
    assert recipe.stages[0].motion_px == 20
    assert recipe.optimization.betas == (0, 0.99)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEAST + "[losses]\nlpips = 1", r"\[losses\] unknown key 'lpips'; known are flow, guide_"),
        (LEAST + "[losses]\nvgg = '1'", r"vgg = '1' is neither a number nor a list of \[step, w"),
        (LEAST + "[losses]\nvgg = [1, 2]", r"vgg = \[1, 2\] is neither a number nor a list of"),
        (LEAST + "[losses]\nvgg = [[0, 1, 2]]", r"vgg = .* is neither a number nor a list of"),
        (LEAST + "[losses]\nvgg = [[0.5, 1]]", r"step in vgg = 0\.5 is not of type int"),
        (LEAST + "[losses]\nvgg = [[3, 1]]", r"vgg \[\[3, 1\.0\]\]: a schedule's first step is 0"),
        (LEAST + "[losses]\nvgg = []", r"vgg \[\]: a schedule's first step is 0"),
        (LEAST + "[losses]\nvgg = [[0, 1], [0, 2]]", r"and its steps rise"),
        (LEAST + "[losses]\nstyle = inf", r"style = inf is no finite number"),
        (LEAST + "[losses]\nvgg = [[0, 1], [9, nan]]", r"vgg = nan is no finite number"),
        (LEAST + "motion_px = nan", r"motion_px = nan is no finite number"),
        (LEAST + "[losses]\nstyle = -1", r"style: weights of losses start at 0"),
        ("nmae = 'x'\n" + LEAST, r"recipe\.toml: unknown key 'nmae'; known are .*name"),
        ("name = 'x'", r"stages is missing"),
        ("name = 'x'\nstages = []", r"at least one stage"),
        ("name = 'x'\n[stages]\nsteps = 3", r"each stage is a table of its own, \[\[stages\]\]"),
        ("name = 'x'\n[[stages]]\nsteps = 3", r"\[\[stages\]\] 1 crop_px is missing"),
        (LEAST + "batch = '8'", r"batch = '8' is not of type int"),
        (LEAST + "batch = true", r"batch = True is not of type int"),
        (LEAST + "batch = 1.5", r"batch = 1\.5 is not of type int"),
        (LEAST + "real_share = 1.5", r"\[\[stages\]\] 1 a share of 1\.5 is not within 0\.\.1"),
        (LEAST + "motion_px = -1", r"motion_px -1 is below 0"),
        ("model = 3\n" + LEAST, r"\[model\] is a table of keys and values, not 3"),
        (LEAST + "[model]\nflow_filters = ['a']", r"flow_filters = \['a'\] is not of type tuple"),
        (LEAST + "[model]\nfilters = 0", r"\[model\] filters, .* start at 1"),
        (LEAST + "[padding]\nmode = 'mirror'", r"\[padding\] padding mode 'mirror' is none of"),
        (LEAST + "[scenes]\nlayers = 0", r"\[scenes\] layers 0"),
        (LEAST + "[pack]\nframes = 1", r"\[pack\] frames 1"),
        (LEAST + "[optimization]\nlearning_rate = 0", r"learning_rate 0 is not above 0"),
        (LEAST + "[optimization]\nlearning_rate = nan", r"learning_rate = nan is no finite number"),
        (LEAST + "[optimization]\nschedule = 'steps'", r"neither 'cosine' nor 'staircase'"),
        (LEAST + "[optimization]\nema_decay = 1", r"ema_decay 1 must lie in \[0, 1\)"),
        (LEAST + "[optimization]\nwarmup_steps = -1", r"warmup_steps, .* start at 0"),
        (LEAST + "[optimization]\noptimizer = 'sgd'", r"neither 'adamw' nor 'keras-adam'"),
        (LEAST + "[optimization]\noptimizer = 'keras-adam'", r"weight_decay 0\.0001 is 'adamw's"),
        ("times = 'all'\n" + LEAST, r"times 'all' is neither 'any' nor 'midpoint'"),
        ("keep_checkpoints = 0\n" + LEAST, r"keep_checkpoints start at 1"),
        ("keep_every_hours = -1\n" + LEAST, r"seed and keep_every_hours start at 0"),
        (LEAST + "accumulate = 3", r"a batch of 8 has no 3 equal parts"),
        (LEAST + "[losses]\nguide_steps = 0", r"guide_steps at 1"),
        ("precision = '16'\n" + LEAST, r"precision '16' is none of \('32-true', 'bf16-mixed'\)"),
        ("evaluate_every = 0\n" + LEAST, r"evaluate_every, checkpoint_every .* start at 1"),
        (LEAST.replace("64", "32"), r"crop_px 32 is smaller than the network's smallest side, 64"),
        ("name = ", r"recipe\.toml: Invalid value"),
    ],
)
def test_what_is_wrong_in_a_recipe_is_named(read, text, message):
    with pytest.raises(RecipeError, match=message):
        read(text)


def test_a_recipe_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.toml: no such recipe; configs/ has examples"):
        read_recipe(tmp_path / "none.toml")
    with pytest.raises(RecipeError, match=r"cannot be read \(Is a directory\)"):
        read_recipe(tmp_path)


def test_a_missing_toml_reader_says_what_to_install(read, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(recipe_file, "import_module", missing)
    with pytest.raises(RecipeError, match=r"pip install 'filmnet\[train\]'"):
        read(LEAST)
