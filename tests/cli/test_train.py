import pytest

from filmnet.training import loop
from filmnet.weights import load_weights
from material import TINY_MODEL_TOML, texture, write_material, write_photo

RECIPE = (
    """
name = "tiny"
precision = "32-true"
checkpoint_every = 2
"""
    + TINY_MODEL_TOML
    + """
[pack]
frames = 5
side_px = 32
stride = 2

[[stages]]
steps = 4
crop_px = 16
batch = 2
motion_px = 4
"""
)


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


@pytest.fixture
def raw(tmp_path):
    return write_material(tmp_path / "raw")


@pytest.fixture
def train(run, recipe, raw, tmp_path):
    """A function that runs `filmnet train` on raw material into `run`."""

    def train(*arguments):
        folder = ("-o", tmp_path / "run", "--device", "cpu", "--workers", "0")
        return run("train", recipe, "--data", raw, *folder, *arguments)

    return train


def interrupt_at(monkeypatch, step):
    original = loop.Trainer._train_step

    def train_step(self, samples):
        if self.step == step:
            raise KeyboardInterrupt
        return original(self, samples)

    monkeypatch.setattr(loop.Trainer, "_train_step", train_step)


def test_raw_material_becomes_weights(train, tmp_path):
    code, out, err = train()
    assert (code, out) == (0, f"{tmp_path / 'run' / 'weights.safetensors'}\n")
    assert "slide.mkv: " in err
    assert "4/4 loss" in err
    assert load_weights(out.strip()).info.name == "tiny"
    assert (tmp_path / "run" / "pack" / "pack.json").is_file()


def test_the_first_line_says_what_runs_where(train, monkeypatch):
    monkeypatch.setattr("torch.get_num_threads", lambda: 2)
    _, _, err = train()
    line = "training tiny (0.0 M parameters), cpu, 32-true, 2 threads\n"
    assert 0 < err.index(line) < err.index("4/4 loss")


@pytest.mark.parametrize(
    ("asked", "recipes", "used"),
    [("bfloat16", "32-true", "bf16-mixed"), ("float32", "bf16-mixed", "32-true")],
)
def test_the_precision_of_the_recipe_can_be_overridden(train, recipe, asked, recipes, used):
    recipe.write_text(RECIPE.replace('"32-true"', f'"{recipes}"'))
    code, out, err = train("--precision", asked)
    assert code == 0
    assert f", cpu, {used}, " in err
    assert load_weights(out.strip()).info.training["recipe"]["precision"] == used


def test_a_precision_that_cannot_be_trained_in_is_a_usage_error(train):
    code, out, err = train("--precision", "float16")
    assert (code, out) == (2, "")
    assert "float16" in err
    assert "bfloat16" in err


def test_ctrl_c_keeps_the_last_checkpoint_and_says_how_to_go_on(train, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        code, out, err = train("-q")
    assert (code, out) == (130, "")
    folder = tmp_path / "run"
    assert f"{folder} keeps step 2: the same command with --resume goes on from there." in err
    code, _, err = train("--quiet")
    assert code == 2
    assert "holds a run of 2 steps; continue it with --resume" in err
    code, out, err = train("--quiet", "--resume")
    assert (code, err) == (0, "")
    assert load_weights(out.strip()).info.training["steps"] == 4


def test_ctrl_c_before_the_first_checkpoint_says_so(train, monkeypatch):
    interrupt_at(monkeypatch, 1)
    code, _, err = train("--quiet")
    assert code == 130
    assert "Stopped before the first checkpoint; the same command starts" in err


def test_a_mistake_in_the_recipe_is_one_sentence(train, recipe):
    recipe.write_text(RECIPE + "colour = 1\n")
    code, out, err = train()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "unknown key 'colour'" in err


def test_material_that_does_not_suffice_is_one_sentence(run, recipe, tmp_path):
    write_photo(tmp_path / "few" / "photos" / "1.png", texture(80, 80))
    code, _, err = run(
        "train", recipe, "--data", tmp_path / "few", "-o", tmp_path / "run", "--quiet"
    )
    assert (code, err.count("\n")) == (2, 1)
    assert "no usable window" in err


def test_a_process_whose_fellow_has_ended_says_so(train, monkeypatch, tmp_path):
    def lost(self):
        raise RuntimeError("[pair.cc:553] Connection closed by peer [127.0.0.1]:937")

    monkeypatch.setattr(loop.Trainer, "fit", lost)
    code, out, err = train("--quiet")
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {tmp_path / 'run'}: another process of this run has ended")
