import errno
import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from filmnet.errors import OutputError, WeightsError
from filmnet.model import Film, FilmConfig
from filmnet.weights import Padding, WeightsInfo, load_weights, save_weights
from filmnet.weights.native import is_native, read_safetensors, replacing

CONFIG = FilmConfig(filters=2, flow_filters=(2, 2, 2, 2), output="blend")
INFO = WeightsInfo(
    name="tiny",
    config=CONFIG,
    licence="CC0-1.0",
    times="any",
    padding=Padding(multiple=32, mode="replicate"),
    training={"steps": 3, "data": ["clips", "photos"]},
    metrics={"middlebury_psnr": 34.5},
)


@pytest.fixture
def state_dict():
    return Film(CONFIG).state_dict()


def _rewrite(path: Path, **changes: object) -> None:
    """Change metadata values of a file."""
    tensors, metadata = read_safetensors(path)
    save_file(tensors, path, metadata | {key: json.dumps(v) for key, v in changes.items()})


def test_what_is_saved_is_loaded(tmp_path, state_dict):
    path = tmp_path / "tiny.safetensors"
    save_weights(path, state_dict, INFO)
    loaded = load_weights(path)
    assert all(torch.equal(loaded.state_dict[name], x) for name, x in state_dict.items())
    for field in ("name", "config", "licence", "times", "padding", "training", "metrics"):
        assert getattr(loaded.info, field) == getattr(INFO, field)
    assert loaded.info.source == str(path)
    assert loaded.info.format == "filmnet"
    assert len(loaded.info.sha256) == 64


def test_every_metadata_value_is_json(tmp_path, state_dict):
    save_weights(tmp_path / "w", state_dict, INFO)
    _, metadata = read_safetensors(tmp_path / "w")
    values = {key: json.loads(text) for key, text in metadata.items()}
    assert values["format"] == {"name": "filmnet", "version": 1}
    assert values["config"] == CONFIG.to_dict()
    assert values["times"] == "any"
    assert values["padding"] == {"multiple": 32, "mode": "replicate"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_stored_in_two_bytes_and_loads_as_float32(tmp_path, state_dict, dtype):
    path = tmp_path / "half"
    save_weights(path, state_dict, INFO, dtype=dtype)
    loaded = load_weights(path)
    assert path.stat().st_size < 3 * loaded.parameters + 20_000
    assert {x.dtype for x in loaded.state_dict.values()} == {torch.float32}
    assert loaded.info.precision == str(dtype).removeprefix("torch.")


def test_tensors_keep_their_type_unless_told(tmp_path, state_dict):
    halves = {name: tensor.half() for name, tensor in state_dict.items()}
    save_weights(tmp_path / "w", halves, INFO)
    assert load_weights(tmp_path / "w").info.precision == "float16"


def test_weights_too_large_for_float16_are_refused(tmp_path, state_dict):
    state_dict["fusion.head.bias"].fill_(1e6)
    with pytest.raises(WeightsError, match="too large for float16; store them as bfloat16"):
        save_weights(tmp_path / "w", state_dict, INFO, dtype=torch.float16)
    assert not list(tmp_path.iterdir())


def test_a_state_dict_of_another_network_is_not_saved(tmp_path, state_dict):
    del state_dict["fusion.head.bias"]
    with pytest.raises(WeightsError, match=r"1 missing: fusion\.head\.bias"):
        save_weights(tmp_path / "w", state_dict, INFO)


def test_an_existing_file_is_replaced_only_when_asked(tmp_path, state_dict):
    path = tmp_path / "w"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already; pass --overwrite"):
        save_weights(path, state_dict, INFO)
    assert path.read_text() == "mine"
    save_weights(path, state_dict, INFO, overwrite=True)
    assert load_weights(path).info.name == "tiny"


def test_a_folder_that_is_not_there_is_named(tmp_path, state_dict):
    with pytest.raises(OutputError, match=r"the folder .* does not exist"):
        save_weights(tmp_path / "no" / "w", state_dict, INFO)


def test_others_may_read_the_file_as_any_other(tmp_path, state_dict):
    (tmp_path / "any").touch()
    save_weights(tmp_path / "w", state_dict, INFO)
    assert (tmp_path / "w").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_folder_that_cannot_be_written_to_is_an_output_error(tmp_path, state_dict, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"w cannot be written: .*No space left on device"):
        save_weights(tmp_path / "w", state_dict, INFO)
    assert not list(tmp_path.iterdir())


def test_a_name_that_the_system_refuses_is_an_output_error(tmp_path, state_dict):
    with pytest.raises(OutputError, match=r"fff cannot be written: .*File name too long"):
        save_weights(tmp_path / ("f" * 300), state_dict, INFO)


def test_a_folder_that_may_not_be_entered_is_an_output_error(tmp_path, state_dict, monkeypatch):
    def refused(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refused)
    monkeypatch.setattr(os, "lstat", refused)
    with pytest.raises(OutputError, match=r"does not exist or is not yours to enter; make it"):
        save_weights(tmp_path / "w", state_dict, INFO)


def test_a_link_to_nowhere_is_not_replaced_unasked(tmp_path, state_dict):
    (tmp_path / "w").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="exists already; pass --overwrite"):
        save_weights(tmp_path / "w", state_dict, INFO)


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "w"
    path.write_text("old")

    def interrupted():
        with replacing(path, overwrite=True) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["w"]
    assert path.read_text() == "old"


def test_a_newer_version_of_the_format_asks_for_an_upgrade(tmp_path, state_dict):
    save_weights(tmp_path / "w", state_dict, INFO)
    _rewrite(tmp_path / "w", format={"name": "filmnet", "version": 2})
    with pytest.raises(WeightsError, match=r"version 2 of the format.*upgrade filmnet"):
        load_weights(tmp_path / "w")


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"filtres": 3}},
        {"config": {"filters": 0}},
        {"config": 3},
        {"padding": {"multiple": 0}},
        {"times": "never"},
    ],
)
def test_damaged_metadata_is_an_error(tmp_path, state_dict, change):
    save_weights(tmp_path / "w", state_dict, INFO)
    _rewrite(tmp_path / "w", **change)
    with pytest.raises(WeightsError, match="metadata of the weights is damaged"):
        load_weights(tmp_path / "w")


def test_a_configuration_of_another_width_than_the_tensors_is_an_error(tmp_path, state_dict):
    save_weights(tmp_path / "w", state_dict, INFO)
    _rewrite(tmp_path / "w", config=CONFIG.to_dict() | {"filters": 3})
    with pytest.raises(WeightsError, match="of the wrong shape"):
        load_weights(tmp_path / "w")


def test_a_file_cut_short_is_an_error(tmp_path, state_dict):
    path = tmp_path / "w"
    save_weights(path, state_dict, INFO)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="damaged or cut short"):
        load_weights(path)


def test_files_of_others_are_not_taken_for_ours():
    assert not is_native({})
    assert not is_native({"format": "pt"})
    assert not is_native({"format": '{"name": "other"}'})
