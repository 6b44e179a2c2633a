"""A run is killed before each of its steps on the disk in turn, and resumed."""

import os
import signal
import sys
from fractions import Fraction

import pytest

from filmnet.errors import OutputError
from filmnet.media.announcement import is_announced
from filmnet.media.segments import open_segmented_output
from filmnet.media.soundtrack import plan_soundtrack
from filmnet.media.video_plan import plan_video
from video_material import about, moving, run_apart, write_source

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are started by forking")

PICTURES = moving(3)
STEPS = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "open"}
"""What changes names on the disk, as Python's audit calls it; `open` counts for writing."""


def be_killed_at(step):
    """Let this process be killed before the step of this number, from 1."""
    taken = [0]

    def hook(event, arguments):
        if event not in STEPS:
            return
        if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
        taken[0] += 1
        if taken[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def write(source, target, *, resume=False):
    """What the job does, in pieces of two frames."""
    overwrite = resume and is_announced(target)
    plan = plan_video(target, source, fps=Fraction(30), overwrite=overwrite)
    sound = plan_soundtrack(plan.spec, source, slower=Fraction(1), keep_audio=False)
    with open_segmented_output(
        plan, source=source.path, settings={}, resume=resume, frames_per_segment=2
    ) as output:
        for picture in PICTURES[output.frames :]:
            output.write(picture)
        return output.finish(sound)


def contents(target):
    """A file, or the files of a folder, by name."""
    if target.is_dir():
        return {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()}
    return target.read_bytes()


def killed_and_resumed(folder, name, step, *, is_there):
    """What a run leaves that is killed at a step and resumed; None if it ends before."""
    folder.mkdir()
    source = about(write_source(folder / "in.mp4", container="mp4", frames=3))
    target = folder / name
    if is_there:
        target.mkdir()

    def work():
        be_killed_at(step)
        write(source, f"{folder}/{name}")

    _, status = os.waitpid(run_apart(work), 0)
    if not os.WIFSIGNALED(status):
        return None
    try:
        assert write(source, f"{folder}/{name}", resume=True).frames == len(PICTURES)
    except OutputError as error:  # the run was killed when all that was left was an empty folder
        if "pass --overwrite" not in str(error):
            raise
        folders = [folder, target] if target.is_dir() else [folder]
        left = [path for parent in folders for path in parent.glob(".filmnet-*/*")]
        assert [path.name for path in left] in ([], ["lock"])
    else:
        assert {path.name for path in folder.iterdir()} == {name.rstrip("/"), "in.mp4"}
    return contents(target)


@pytest.mark.parametrize(
    ("name", "is_there"),
    [("a.gif", False), ("a.mp4", False), ("frames/", False), ("frames/", True)],
    ids=["gif", "mp4", "new folder", "empty folder"],
)
def test_a_run_killed_before_any_step_on_the_disk_can_be_resumed(tmp_path, name, is_there):
    (tmp_path / "whole").mkdir()
    source = about(write_source(tmp_path / "whole/in.mp4", container="mp4", frames=3))
    write(source, f"{tmp_path}/whole/{name}")
    wanted = contents(tmp_path / "whole" / name)
    step = 1
    while found := killed_and_resumed(tmp_path / str(step), name, step, is_there=is_there):
        assert found == wanted, f"killed before step {step}"
        step += 1
    assert step > 12  # names of the folder, the lock, the manifest, two pieces, and the output


def test_a_picture_of_other_work_is_not_taken_for_the_finished_output(tmp_path):
    source = about(write_source(tmp_path / "in.mp4", container="mp4", frames=3))
    write(source, tmp_path / "a.gif")
    assert not is_announced(tmp_path / "a.gif")
    with pytest.raises(OutputError, match=r"this file exists; pass --overwrite"):
        write(source, tmp_path / "a.gif", resume=True)
