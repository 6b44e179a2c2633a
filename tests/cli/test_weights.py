import hashlib

import numpy as np
import pytest

from filmnet.weights import MODELS, loading
from seeded_vgg import seeded_kernels


def test_list_shows_every_model_and_where_it_is(run, cache):
    code, out, _ = run("weights", "list")
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert code == 0
    assert lines.keys() >= MODELS.keys()
    assert "bundled" in lines["small"]
    assert "to be imported" in lines["film-style"]
    assert "downloadable" in lines["film-style-fp16"]


def test_list_shows_what_was_imported(run, cache):
    cache.mkdir()
    (cache / "film-style.safetensors").touch()
    assert "film-style       on disk" in run("weights", "list")[1]


def test_path_prints_the_file_alone(run, cache):
    cache.mkdir()
    file = cache / "film-vgg.safetensors"
    file.touch()
    assert run("weights", "path", "film-vgg") == (0, f"{file}\n", "")


def test_path_of_a_model_that_is_not_here_says_how_to_get_it(run, cache):
    code, out, err = run("weights", "path", "film-vgg")
    assert (code, out) == (2, "")
    assert "get film_net/VGG/saved_model from the Google Drive folder" in err
    assert "`filmnet weights import film_net/VGG/saved_model --name film-vgg`" in err
    assert err.count("\n") == 1


def test_path_of_an_unknown_name_lists_those_that_exist(run):
    code, _, err = run("weights", "path", "film")
    assert code == 2
    assert "'film' is not registered; registered are small, film-l1" in err


def test_info_prints_what_weights_are(run, tiny_weights):
    code, out, _ = run("weights", "info", tiny_weights)
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    facts = {line[0]: line[1] for line in lines if len(line) == 2}
    assert code == 0
    assert facts["name"] == "tiny"
    assert facts["format"] == "filmnet, float32"
    assert facts["sha256"] == hashlib.sha256(tiny_weights.read_bytes()).hexdigest()
    assert facts["makes"] == "any instant"
    assert facts["licence"] == "CC0-1.0"
    assert facts["flow_filters"] == "[4, 4]"
    assert facts["steps"] == "3"
    assert facts["psnr"] == "30.5"


def test_import_converts_and_prints(run, tmp_path, tiny_weights):
    output = tmp_path / "half.safetensors"
    code, out, _ = run("weights", "import", tiny_weights, "-o", output, "--precision", "float16")
    assert code == 0
    assert "filmnet, float16" in out
    assert output.stat().st_size < tiny_weights.stat().st_size
    assert run("weights", "info", output)[0] == 0


def test_import_does_not_replace_a_file_unasked(run, tmp_path, tiny_weights):
    output = tmp_path / "there"
    output.write_text("mine")
    code, _, err = run("weights", "import", tiny_weights, "-o", output)
    assert (code, err) == (2, f"Error: {output} exists already; pass --overwrite to replace it\n")
    assert output.read_text() == "mine"
    assert run("weights", "import", tiny_weights, "-o", output, "--overwrite")[0] == 0


def test_import_under_a_registered_name_stores_it_in_the_cache(
    run, cache, tiny_weights, tiny_config, tiny_model, monkeypatch
):
    monkeypatch.setattr(loading, "FilmConfig", lambda: tiny_model.config)
    assert run("weights", "import", tiny_weights, "--name", "film-l1")[0] == 0
    assert (cache / "film-l1.safetensors").is_file()


@pytest.mark.parametrize("options", [[], ["-o", "x", "--name", "film-l1"]])
def test_import_needs_one_place_to_go(run, tiny_weights, options):
    code, _, err = run("weights", "import", tiny_weights, *options)
    assert code == 2
    assert "give either -o FILE or --name NAME" in err


@pytest.mark.parametrize("name", ["small", "mine"])
def test_import_takes_only_published_names(run, tiny_weights, name):
    code, _, err = run("weights", "import", tiny_weights, "--name", name)
    assert code == 2
    assert f"--name '{name}' is not one of film-l1, film-vgg" in err


def test_a_file_that_is_no_weights_is_one_sentence(run, tmp_path):
    (tmp_path / "photo.pt").write_text("hello")
    for command in (["info"], ["import", "-o", tmp_path / "out"]):
        code, out, err = run("weights", command[0], tmp_path / "photo.pt", *command[1:])
        assert (code, out) == (2, "")
        assert "no weights file of a known kind" in err
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.fixture
def part_of_vgg(tmp_path):
    """A Keras file of VGG-19's first block."""
    path = tmp_path / "vgg19_first.npz"
    arrays = {}
    for name, layer in {"conv1_1": "block1_conv1", "conv1_2": "block1_conv2"}.items():
        kernel, bias = seeded_kernels()[name]
        arrays |= {f"{layer}/kernel": kernel, f"{layer}/bias": bias}
    np.savez(path, **arrays)
    return path


def test_import_vgg_stores_it_in_the_cache_and_prints_what_it_is(run, cache, part_of_vgg):
    code, out, err = run("weights", "import-vgg", part_of_vgg)
    file = cache / "vgg19.safetensors"
    lines = {line[:15].strip(): line[15:] for line in out.splitlines()}
    source = hashlib.sha256(part_of_vgg.read_bytes()).hexdigest()
    assert code == 0
    assert lines["file"] == str(file)
    assert lines["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert lines["imported from"] == f"vgg19_first.npz (Keras, sha256 {source})"
    assert lines["input"].endswith("as published")
    assert lines["features"] == "conv1_2"
    assert "leave out conv2_2, conv3_2, conv4_2, conv5_2" in err


def test_import_vgg_writes_where_it_is_told_and_replaces_only_if_asked(
    run, tmp_path, cache, part_of_vgg
):
    output = tmp_path / "mine.safetensors"
    assert run("weights", "import-vgg", part_of_vgg, "-o", output)[0] == 0
    code, _, err = run("weights", "import-vgg", part_of_vgg, "-o", output)
    assert (code, err) == (2, f"Error: {output} exists already; pass --overwrite to replace it\n")
    assert run("weights", "import-vgg", output, "-o", output, "--overwrite")[0] == 0
    assert not cache.exists()


def test_import_vgg_of_something_else_is_one_sentence(run, cache, tiny_weights):
    code, out, err = run("weights", "import-vgg", tiny_weights)
    assert (code, out) == (2, "")
    assert "holds no VGG-19" in err
    assert err.count("\n") == 1
