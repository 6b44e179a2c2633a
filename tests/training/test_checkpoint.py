from dataclasses import replace

import pytest
import torch

from filmnet.errors import OutputError, RecipeError
from filmnet.training.checkpoint import (
    Checkpoint,
    last_good_checkpoint,
    load_newest_checkpoint,
    newest_step,
    save_checkpoint,
)

STATE = Checkpoint(
    step=3,
    recipe={"name": "tiny", "model": {"flow_filters": (4, 4)}},
    model={"weight": torch.arange(400.0)},
    average={"weight": torch.ones(400)},
    optimizer={"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]},
    seconds=1.5,
)


def save(folder, *steps, **kept):
    """Checkpoints of those steps, a second each."""
    states = [replace(STATE, step=step, seconds=float(step)) for step in steps]
    return [save_checkpoint(folder, state, **kept) for state in states]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def warnings():
    return []


def test_a_checkpoint_comes_back_as_it_was(tmp_path, warnings):
    save(tmp_path, 3)
    loaded = load_newest_checkpoint(tmp_path, warnings.append)
    assert torch.equal(loaded.model.pop("weight"), torch.arange(400.0))
    assert torch.equal(loaded.average.pop("weight"), torch.ones(400))
    assert (loaded.step, loaded.recipe, loaded.seconds) == (3, STATE.recipe, 3.0)
    assert loaded.optimizer == STATE.optimizer
    assert warnings == []


def test_the_newest_two_are_kept(tmp_path):
    save(tmp_path, 90, 100, 1100)
    assert names(tmp_path) == ["step-00000100.ckpt", "step-00001100.ckpt"]
    assert newest_step(tmp_path) == 1100


def steps_kept(folder):
    return [int(name.removeprefix("step-").removesuffix(".ckpt")) for name in names(folder)]


def test_as_many_are_kept_as_asked_for(tmp_path):
    save(tmp_path, *range(1, 8), kept=3)
    assert steps_kept(tmp_path) == [5, 6, 7]


def test_beside_the_newest_one_per_stretch_of_hours_is_kept(tmp_path):
    steps = range(1000, 20001, 1000)
    save(tmp_path, *steps, kept=2, every_hours=1.0)
    assert steps_kept(tmp_path) == [4000, 8000, 12000, 16000, 19000, 20000]  # 3600 s apart


def test_a_damaged_old_checkpoint_is_not_worth_keeping(tmp_path):
    first, *_ = save(tmp_path, 4000, 8000, 8001, every_hours=1.0)
    first.write_bytes(b"")
    save(tmp_path, 8002, every_hours=1.0)
    assert steps_kept(tmp_path) == [8000, 8001, 8002]


def test_the_last_good_checkpoint_is_the_newest_before_things_went_wrong(tmp_path):
    assert last_good_checkpoint(tmp_path, 5) is None
    save(tmp_path, 4, 6, 8, kept=3)
    found = [last_good_checkpoint(tmp_path, step).name for step in (3, 4, 7, 99)]
    assert found == [f"step-0000000{n}.ckpt" for n in (4, 4, 6, 8)]


def test_without_a_checkpoint_there_is_nothing_to_load(tmp_path, warnings):
    assert load_newest_checkpoint(tmp_path / "none", warnings.append) is None
    assert newest_step(tmp_path / "none") is None


@pytest.mark.parametrize("damage", ["cut short", "empty", "text", "altered"])
def test_a_damaged_newest_checkpoint_is_passed_over_with_a_word(tmp_path, warnings, damage):
    _, newest = save(tmp_path, 1, 2)
    content = bytearray(newest.read_bytes())
    middle = content.index(torch.ones(400).numpy().tobytes())
    content[middle : middle + 8] = b"\xff" * 8
    newest.write_bytes(
        {
            "cut short": newest.read_bytes()[:-100],
            "empty": b"",
            "text": b"not a checkpoint",
            "altered": bytes(content),
        }[damage]
    )
    assert load_newest_checkpoint(tmp_path, warnings.append).step == 1
    assert warnings == [f"{newest}: damaged; going back to the checkpoint before it"]


def test_when_all_are_damaged_that_is_an_error(tmp_path, warnings):
    for path in save(tmp_path, 1, 2):
        path.write_bytes(b"")
    with pytest.raises(RecipeError, match=r"none of its checkpoints can be read; remove"):
        load_newest_checkpoint(tmp_path, warnings.append)


def test_a_checkpoint_runs_no_code(tmp_path, warnings):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("code from a checkpoint was run",))

    torch.save(Evil(), tmp_path / "step-00000001.ckpt")
    with pytest.raises(RecipeError):
        load_newest_checkpoint(tmp_path, warnings.append)


def test_after_going_back_the_later_ones_are_removed(tmp_path):
    save(tmp_path, 100, 200)
    (tmp_path / "step-00000300.ckpt").write_bytes(b"")
    save(tmp_path, 250)
    assert names(tmp_path) == ["step-00000200.ckpt", "step-00000250.ckpt"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(OutputError, match=r"step-00000003\.ckpt: cannot be written"):
        save_checkpoint(tmp_path / "run", STATE)


def test_a_write_that_fails_leaves_the_older_ones_alone(tmp_path, monkeypatch):
    save(tmp_path, 1)

    def fail(state, file):
        file.write(b"half")
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OutputError, match=r"the disk is full"):
        save(tmp_path, 2)
    assert names(tmp_path) == ["step-00000001.ckpt"]
