from __future__ import annotations

import pytest
import torch

from filmnet.errors import DeviceError
from filmnet.interpolation import device as module
from filmnet.interpolation.device import (
    choose_device,
    choose_precision,
    describe_device,
    is_memory_error,
)

CPU = torch.device("cpu")


def test_auto_takes_the_best_device_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == CPU
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"


def test_auto_takes_bfloat16_only_where_the_hardware_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_cpu_has", lambda _: True)
    assert choose_precision("auto", CPU) == torch.bfloat16
    monkeypatch.setattr(module, "_cpu_has", lambda _: False)
    assert choose_precision("auto", CPU) == torch.float32


def test_a_named_precision_is_taken() -> None:
    assert choose_precision("float16", CPU) == torch.float16


@pytest.mark.parametrize("name", ["toaster", "cpu:3", "cuda:99", "meta"])
def test_a_device_that_is_not_there_says_what_to_do(name: str) -> None:
    with pytest.raises(DeviceError, match=f"'{name}'.*auto"):
        choose_device(name)


def test_an_unknown_precision_lists_the_known() -> None:
    with pytest.raises(DeviceError, match="auto, float32, bfloat16, float16"):
        choose_precision("int4", CPU)


def test_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_memory_error(raised.value)
    assert is_memory_error(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_memory_error(MemoryError())
    assert not is_memory_error(RuntimeError("something else"))


@pytest.mark.parametrize(("threads", "words"), [(1, "1 thread"), (6, "6 threads")])
def test_the_description_names_device_precision_and_threads(
    threads: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe_device(CPU, torch.bfloat16) == f"cpu, bfloat16, {words}"
