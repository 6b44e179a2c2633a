from __future__ import annotations

from pathlib import Path

import pytest
import torch

import filmnet.interpolation.memory as module
from filmnet.errors import InputError
from filmnet.interpolation.memory import free_bytes, parse_bytes

CPU = torch.device("cpu")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for Linux's: 8 GiB available, and no container."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n")
    monkeypatch.setattr(module, "MEMINFO", meminfo)
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module, "CGROUPS", ((tmp_path / "max", tmp_path / "current"),))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * 10**9),
        ("512 mb", 512 * 10**6),
        ("1.5GiB", 3 * 2**29),
        ("2g", 2 * 10**9),
        ("3000000000", 3 * 10**9),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1GB", "0GB", "4TB", "nan", "1e9", "4 GB free"])
def test_what_is_no_size_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError, match="write it as 4GB or 512MB"):
        parse_bytes(text)


def test_free_is_what_linux_calls_available(machine: Path) -> None:
    assert free_bytes(CPU) == 8 * 2**30


def test_a_containers_limit_counts_where_it_is_nearer(machine: Path) -> None:
    (machine / "max").write_text("5000000000\n")
    (machine / "current").write_text("2000000000\n")
    assert free_bytes(CPU) == 3 * 10**9
    (machine / "current").write_text("6000000000\n")
    assert free_bytes(CPU) == 0


def test_a_container_without_a_limit_changes_nothing(machine: Path) -> None:
    (machine / "max").write_text("max\n")
    (machine / "current").write_text("2000000000\n")
    assert free_bytes(CPU) == 8 * 2**30


def test_elsewhere_half_of_the_memory_counts_as_free(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.sys, "platform", "darwin")
    pages = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(module.os, "sysconf", pages.__getitem__)
    assert free_bytes(CPU) == 1000 * 4096 // 2


def test_where_the_system_does_not_tell_a_small_machine_is_assumed(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.delattr(module.os, "sysconf")
    assert free_bytes(CPU) == module.UNKNOWN_BYTES


def test_a_gpus_free_memory_includes_what_pytorch_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000, 9000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 700)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 300)
    assert free_bytes(torch.device("cuda")) == 1400
