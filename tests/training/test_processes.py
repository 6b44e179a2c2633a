import sys

import pytest

from filmnet.errors import RecipeError
from filmnet.training.processes import (
    Processes,
    as_launched,
    check_batches,
    is_first_process,
    is_lost_connection,
    make_fabric,
)
from filmnet.training.recipe import Stage

STAGE = Stage(steps=3, crop_px=64, batch=8)


def test_batches_that_cannot_be_shared_are_refused():
    check_batches((STAGE,), Processes(devices=4, nodes=2))
    with pytest.raises(
        RecipeError,
        match=r"\[\[stages\]\] 2: a batch of 8 cannot be shared by 3 processes in 1 parts each; "
        r"make it a multiple of 3",
    ):
        check_batches((Stage(steps=1, crop_px=64, batch=6), STAGE), Processes(devices=3))


def test_torchrun_says_how_many_processes_there_are(monkeypatch):
    assert as_launched(Processes(devices=2)) == Processes(devices=2)
    for name, value in {
        "TORCHELASTIC_RUN_ID": "none", "LOCAL_WORLD_SIZE": "4", "WORLD_SIZE": "8",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert as_launched(Processes()) == Processes(devices=4, nodes=2)


def test_the_first_process_of_a_machine_knows_itself(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert is_first_process()
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert is_first_process()
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert not is_first_process()


def test_no_process_at_all_is_a_mistake():
    with pytest.raises(ValueError, match="0 devices on 1 nodes"):
        Processes(devices=0)


def test_training_without_fabric_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(RecipeError, match=r"pip install 'filmnet\[train\]'"):
        make_fabric("cpu", "32-true", Processes())


def test_a_process_that_is_gone_is_told_from_other_errors():
    assert is_lost_connection(RuntimeError("[pair.cc:553] Connection closed by peer [::1]:937"))
    assert not is_lost_connection(RuntimeError("shapes cannot be multiplied"))
    assert not is_lost_connection(OSError("Connection reset by peer"))
