from __future__ import annotations

import os
import stat
import subprocess
import sys
import time

import pytest

from filmnet.errors import OutputError
from filmnet.web.workspace import LOCK, PREFIX, Workspace, remove_abandoned

SECONDS = 60


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path)
    yield made
    made.close()


def put(workspace, visitor="one", name="a.jpg"):
    path = workspace.new_folder(visitor) / name
    path.write_bytes(b"x")
    return path


def age(path, seconds=4000):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_folders_have_random_names_that_only_we_can_enter(workspace):
    folders = {workspace.new_folder("one") for _ in range(20)}
    assert len(folders) == 20
    for folder in folders:
        assert len(folder.name) == 32
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.root.stat().st_mode) == 0o700


def test_a_file_is_its_visitors_alone(workspace):
    path = put(workspace)
    assert workspace.own_file("one", str(path)) == path
    assert workspace.own_file("two", str(path)) is None


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{home}/../{root}/x",
        "{home}/../../.lock",
        "{home}",
        "{home}/",
        "{file}/",
        "{file}/..",
        "{file}\0.jpg",
        "a.jpg",
        "",
        ".",
        "~/a",
        "{home}/nothing",
        "{file}" + "x" * 5000,
    ],
)
def test_what_is_no_own_file_is_none(workspace, path):
    mine = put(workspace)
    named = path.format(home=mine.parents[1], root=workspace.root, file=mine)
    found = workspace.own_file("one", named)
    assert found is None or (named.rstrip("/") == str(mine) and found == mine)


def test_a_link_is_no_own_file(workspace, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("no")
    mine = put(workspace)
    (mine.parent / "link.jpg").symlink_to(secret)
    (mine.parent / "folder").symlink_to(tmp_path)
    assert workspace.own_file("one", str(mine.parent / "link.jpg")) is None
    assert workspace.own_file("one", str(mine.parent / "folder" / "secret")) is None


def test_a_pipe_is_no_own_file(workspace):
    pipe = put(workspace).with_name("pipe.jpg")
    os.mkfifo(pipe)
    assert workspace.own_file("one", str(pipe)) is None


def test_what_is_old_goes_and_what_is_new_or_held_stays(workspace):
    old, new, held = put(workspace), put(workspace), put(workspace, "two")
    for path in (old, held):
        age(path.parent)
    with workspace.hold(held.parent):
        workspace.sweep()
        assert (old.exists(), new.exists(), held.exists()) == (False, True, True)
    workspace.sweep()
    assert held.exists(), "its time counts from when it was last used"
    age(held.parent)
    workspace.sweep()
    assert not held.exists()


def test_what_two_jobs_hold_stays_until_both_have_ended(workspace):
    path = put(workspace)
    with workspace.hold(path.parent):
        with workspace.hold(path.parent):
            pass
        age(path.parent)
        workspace.sweep()
        assert path.exists()


def test_folders_of_visitors_without_files_go(workspace):
    path = put(workspace)
    age(path.parent)
    workspace.sweep()
    age(path.parents[1])
    workspace.sweep()
    assert [item.name for item in workspace.root.iterdir()] == [LOCK]


def test_all_goes_at_the_end(tmp_path):
    workspace = Workspace(tmp_path)
    put(workspace)
    workspace.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="no folder for visitors' files"):
        Workspace(tmp_path / "nothing")


KILLED = """
import os, sys
from pathlib import Path
from filmnet.web.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
(workspace.new_folder("one") / "half.mp4").write_bytes(b"x")
print(workspace.root, flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_server_left_goes_at_the_next_start(tmp_path, workspace):
    other = tmp_path / "other"
    other.mkdir()
    command = [sys.executable, "-c", KILLED, str(other)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == -9, ended.stderr
    assert len(list(other.glob(f"{PREFIX}*"))) == 1
    fresh = Workspace(other)
    assert list(other.iterdir()) == [fresh.root]
    fresh.close()


def test_the_folder_of_a_living_server_stays(tmp_path, workspace):
    put(workspace)
    remove_abandoned(tmp_path)
    assert workspace.root.exists()


def test_what_only_looks_like_a_folder_of_ours_stays(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / LOCK).touch()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / f"{PREFIX}new").mkdir()
    remove_abandoned(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    assert (tmp_path / "elsewhere" / LOCK).exists()
