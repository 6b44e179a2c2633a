import errno
import subprocess
import sys

import pytest

from filmnet.errors import WeightsError
from filmnet.weights import lock
from filmnet.weights.lock import only_process

HOLD = """
import sys
from pathlib import Path
from filmnet.weights.lock import only_process
with only_process(Path(sys.argv[1]), "waiting"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "film.pt"


def test_nothing_is_left_of_a_lock_whatever_happens_under_it(path, tmp_path):
    with only_process(path, "testing"):
        assert [file.name for file in tmp_path.iterdir()] == ["film.pt.lock"]
    with pytest.raises(KeyboardInterrupt), only_process(path, "testing"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_second_owner_is_told_what_the_first_does(path):
    with (
        only_process(path, "testing"),
        pytest.raises(WeightsError, match=r"^another process is downloading film\.pt; try again"),
        only_process(path, "downloading film.pt"),
    ):
        pass


def test_a_process_that_is_killed_leaves_no_lock_behind(path):
    command = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WeightsError, match="another process"), only_process(path, "testing"):
            pass
        other.kill()
        other.wait()
    with only_process(path, "testing"):
        pass


def test_a_lock_that_its_owner_removed_meanwhile_is_none(path, monkeypatch):
    take = lock._take

    def removed_before(handle):
        path.with_name("film.pt.lock").unlink()
        take(handle)

    monkeypatch.setattr(lock, "_take", removed_before)
    with pytest.raises(WeightsError, match="another process"), only_process(path, "testing"):
        pass


def test_a_folder_where_nothing_can_be_locked_is_said(path, monkeypatch):
    def refused(_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(lock, "_take", refused)
    with (
        pytest.raises(
            WeightsError, match=r"locked \(Function not implemented\); set FILMNET_CACHE"
        ),
        only_process(path, "testing"),
    ):
        pass
    with (
        pytest.raises(WeightsError, match=r"locked \(No such file or directory\)"),
        only_process(path / "below", "testing"),
    ):
        pass
