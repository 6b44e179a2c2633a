import subprocess
import sys

from filmnet.cluster.scratch import OwnFolder, Scratch, empty_folder

KILLED = """
import os, sys
from filmnet.cluster.scratch import OwnFolder
print(OwnFolder("mine-", sys.argv[1]).path, flush=True)
os._exit(9)
"""


def test_a_folder_of_a_process_that_died_is_swept_away(tmp_path):
    other = OwnFolder("mine-", str(tmp_path))
    unknown = tmp_path / "mine-unknown"
    unknown.mkdir()
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip()
    assert len(list(tmp_path.iterdir())) == 3
    mine = OwnFolder("mine-", str(tmp_path))
    assert set(tmp_path.iterdir()) == {other.path, unknown, mine.path}
    mine.remove()
    other.remove()
    assert set(tmp_path.iterdir()) == {unknown}


def test_a_scratch_folder_has_room_for_inputs_and_outputs(tmp_path):
    scratch = Scratch(str(tmp_path / "new"))
    (scratch.outputs / "a.mp4").touch()
    empty_folder(scratch.outputs)
    assert list(scratch.outputs.iterdir()) == list(scratch.inputs.iterdir()) == []
    scratch.remove()
    assert list((tmp_path / "new").iterdir()) == []
