import dataclasses
import errno
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from filmnet.errors import OutputError, WeightsError
from filmnet.model import Film, FilmConfig
from filmnet.weights import MODELS, import_weights, load_weights, loading
from filmnet.weights.registry import Model

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
TINY = FilmConfig(filters=8, flow_filters=(4, 8, 16, 32))


@pytest.fixture
def film(tmp_path, port):
    """A foreign file."""
    torch.save({name: tensor.half() for name, tensor in port.items()}, tmp_path / "film.pt")
    return tmp_path / "film.pt"


@pytest.fixture
def published_is_tiny(monkeypatch):
    """Pretend that the published network is the tests' tiny one."""
    monkeypatch.setattr(loading, "FilmConfig", lambda: TINY)


def test_a_loaded_foreign_file_makes_the_picture_that_tensorflow_made(tmp_path, port):
    torch.save(port, tmp_path / "film.pt")
    loaded = load_weights(tmp_path / "film.pt")
    model = Film(loaded.info.config).eval()
    model.load_state_dict(loaded.state_dict)
    with np.load(REFERENCE / "film_tiny_io.npz") as figures, torch.inference_mode():
        image0, image1, image = (
            torch.from_numpy(figures[name]).permute(2, 0, 1)[None]
            for name in ("image0", "image1", "image")
        )
        # float32 sums in another order than TensorFlow's
        torch.testing.assert_close(model(image0, image1).image, image, atol=1e-4, rtol=0)


def test_a_path_may_be_text_or_a_path(film):
    assert load_weights(film).info.config == TINY
    assert load_weights(str(film)).info.config == TINY


def test_a_name_that_nobody_has_lists_those_that_exist():
    with pytest.raises(WeightsError, match=r"did you mean film-style\?\); registered are small,"):
        load_weights("film-styl")


def test_a_missing_file_in_a_folder_is_a_missing_file():
    with pytest.raises(WeightsError, match=r"nowhere/film\.pt does not exist"):
        load_weights(Path("nowhere", "film.pt"))


def test_an_empty_name_is_said_to_be_empty():
    with pytest.raises(WeightsError, match=r"the name of the weights is empty; give .* small,"):
        load_weights("")


def test_a_name_that_the_system_refuses_is_a_name_that_nobody_has():
    with pytest.raises(WeightsError, match="neither a file nor a registered model"):
        load_weights("f" * 300)


def test_a_cache_that_may_not_be_entered_is_one_sentence(monkeypatch, cache):
    def refused(path, **_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refused)
    with pytest.raises(WeightsError, match="film-style is not on this machine"):
        load_weights("film-style")


@pytest.mark.parametrize("name", ["film-l1", "film-vgg", "film-style"])
def test_a_published_model_that_is_not_here_says_how_to_get_it(cache, name):
    with pytest.raises(WeightsError) as caught:
        load_weights(name)
    assert str(caught.value).startswith(f"{name} is not on this machine: get film_net/")
    assert f"--name {name}" in str(caught.value)


def test_importing_keeps_precision_and_says_where_it_came_from(tmp_path, film):
    loaded = import_weights(film, tmp_path / "mine.safetensors")
    foreign = load_weights(film)
    assert loaded.info.name == "mine"
    assert loaded.info.format == "filmnet"
    assert loaded.info.precision == "float16"
    assert loaded.info.times == "midpoint"
    assert loaded.info.training == {
        "imported_from": "film.pt",
        "format": "PyTorch state dict",
        "sha256": foreign.info.sha256,
    }
    assert all(torch.equal(loaded.state_dict[k], x) for k, x in foreign.state_dict.items())


def test_importing_can_change_the_precision(tmp_path, film):
    loaded = import_weights(film, tmp_path / "w", dtype=torch.bfloat16)
    assert loaded.info.precision == "bfloat16"


def test_importing_our_own_file_keeps_what_is_known_of_it(tmp_path, film):
    first = import_weights(film, tmp_path / "first")
    second = import_weights(tmp_path / "first", tmp_path / "second", dtype=torch.float32)
    assert second.info.training == first.info.training
    assert second.info.name == "first"


def test_an_import_does_not_replace_a_file_unasked(tmp_path, film):
    (tmp_path / "w").write_text("mine")
    with pytest.raises(OutputError, match="pass --overwrite"):
        import_weights(film, tmp_path / "w")
    import_weights(film, tmp_path / "w", overwrite=True)


def test_an_imported_model_is_found_by_its_name(cache, film, published_is_tiny):
    import_weights(film, model=MODELS["film-vgg"])
    loaded = load_weights("film-vgg")
    assert loaded.info.name == "film-vgg"
    assert loaded.info.source == str(cache / "film-vgg.safetensors")


def test_a_network_of_another_size_is_not_imported_as_a_published_one(cache, film):
    with pytest.raises(WeightsError, match=r"another size \(550,745 parameters\) than film-vgg"):
        import_weights(film, model=MODELS["film-vgg"])
    assert not cache.exists()


def test_a_cache_folder_that_cannot_be_made_is_an_output_error(
    tmp_path, monkeypatch, film, published_is_tiny
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match="set FILMNET_CACHE to another"):
        import_weights(film, model=MODELS["film-vgg"])


@pytest.fixture
def served(monkeypatch, cache, film, server, published_is_tiny):
    """A registered model whose file is served on this machine."""
    server.content = film.read_bytes()
    model = Model(name="served", description="", file="film.pt", origin="somewhere", url=server.url)
    monkeypatch.setitem(MODELS, "served", model)
    return model


def test_a_model_with_an_address_is_downloaded_once_and_its_sha256_printed(
    served, server, cache, film, capsys
):
    loaded = load_weights("served")
    assert loaded.info.name == "served"
    assert [path.name for path in cache.iterdir()] == ["served.safetensors"]
    digest = load_weights(film).info.sha256
    assert f"sha256 of film.pt {digest}" in capsys.readouterr().err
    load_weights("served")
    assert len(server.requests) == 1


def test_a_download_has_the_sha256_that_its_model_states(served, monkeypatch, film, cache):
    digest = load_weights(film).info.sha256
    monkeypatch.setitem(MODELS, "served", dataclasses.replace(served, sha256="0" * 64))
    with pytest.raises(WeightsError, match=f"sha256 {digest}, not 0000.*; or get film.pt from"):
        load_weights("served")
    assert not list(cache.iterdir())
    monkeypatch.setitem(MODELS, "served", dataclasses.replace(served, sha256=digest))
    assert load_weights("served").info.name == "served"


def test_two_first_uses_at_once_are_one_download(served, server, cache):
    server.may_answer.clear()
    first = threading.Thread(target=load_weights, args=("served",))
    first.start()
    assert server.asked.wait(30)
    with pytest.raises(WeightsError, match=r"^another process is downloading served; try again"):
        load_weights("served")
    server.may_answer.set()
    first.join()
    assert load_weights("served").info.name == "served"
    assert len(server.requests) == 1
    assert [path.name for path in cache.iterdir()] == ["served.safetensors"]


def test_a_download_that_is_no_weights_file_is_not_kept(served, server, cache):
    server.content = b"<html>sorry</html>"
    with pytest.raises(WeightsError, match="no weights file of a known kind"):
        load_weights("served")
    assert not [path for path in cache.iterdir() if path.is_file()]


def test_a_download_that_fails_says_how_to_do_it_by_hand(served, server):
    server.status = 404
    with pytest.raises(WeightsError, match=r"answers 404 .*; or get film\.pt from somewhere, then"):
        load_weights("served")


def test_a_bundled_file_that_is_missing_asks_for_a_new_installation(monkeypatch, tmp_path):
    lost = dataclasses.replace(MODELS["small"], file="lost.safetensors")
    with pytest.raises(WeightsError, match="missing from this installation; install filmnet again"):
        loading.locate(lost)
