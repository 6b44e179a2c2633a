import sys
from pathlib import Path

import pytest

from filmnet.weights.registry import DEFAULT, MODELS, cache_folder


def test_names_are_their_models_names():
    assert all(name == model.name for name, model in MODELS.items())
    assert DEFAULT in MODELS


def test_the_default_lies_in_the_package(cache):
    import filmnet.weights

    assert MODELS[DEFAULT].path.is_relative_to(Path(filmnet.weights.__file__).parent)
    assert [model.name for model in MODELS.values() if model.bundled] == [DEFAULT]


def test_published_models_lie_in_the_cache(cache):
    assert MODELS["film-style"].path == cache / "film-style.safetensors"


def test_addresses_are_encrypted():
    assert all(model.url.startswith("https://") for model in MODELS.values() if model.url)


@pytest.mark.parametrize("variant", ["L1", "VGG", "Style"])
def test_a_published_model_says_which_file_to_get_from_where_and_how_to_import_it(variant):
    text = MODELS[f"film-{variant.lower()}"].how_to_get
    assert f"get film_net/{variant}/saved_model from the Google Drive folder" in text
    assert "https://github.com/google-research/frame-interpolation" in text
    assert f"filmnet weights import film_net/{variant}/saved_model --name film-" in text


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"


def test_the_cache_folder_follows_the_systems_rule(monkeypatch, tmp_path):
    monkeypatch.delenv("FILMNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "filmnet"


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("linux", ".cache/filmnet"),
        ("darwin", "Library/Caches/filmnet"),
        ("win32", "Local/filmnet/Cache"),
    ],
)
def test_without_settings_the_cache_lies_under_the_home_folder(
    monkeypatch, tmp_path, system, folder
):
    monkeypatch.delenv("FILMNET_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", system)
    assert cache_folder() == tmp_path / folder
