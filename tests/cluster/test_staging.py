from dataclasses import replace
from pathlib import Path

import pytest

from filmnet.cluster import storage
from filmnet.cluster.job import Job
from filmnet.cluster.staging import (
    StagedPiece,
    begin,
    find_pieces,
    first_missing,
    give_up,
    staging_folder,
)
from filmnet.errors import OutputError


@pytest.fixture
def job(tmp_path):
    return Job(name="a", kind="video", inputs=("a.mp4",), output=str(tmp_path / "a.mp4"))


def test_what_a_batch_has_begun_it_may_replace(tmp_path, job):
    folder = staging_folder(str(tmp_path), job)
    begin(folder, job)
    Path(job.output).touch()
    begin(folder, job)
    give_up(folder)
    with pytest.raises(OutputError, match="this file exists; pass --overwrite"):
        begin(folder, job)
    begin(folder, replace(job, options={"overwrite": True}))


def test_pieces_of_a_plan_are_found_in_order(tmp_path):
    for name in ("000000240-000000480.mkv", "000000000-000000240.mkv", ".filmnet-x.part"):
        storage.write_text(f"{tmp_path}/plan/{name}", "")
    storage.write_text(f"{tmp_path}/other/000000480-000000720.mkv", "")
    pieces = find_pieces(str(tmp_path), "plan")
    assert [(piece.start, piece.stop) for piece in pieces] == [(0, 240), (240, 480)]
    assert find_pieces(str(tmp_path), "none") == []


def test_a_stretch_goes_on_after_its_pieces():
    pieces = [StagedPiece("", start, start + 10) for start in (0, 10, 30, 40)]
    assert first_missing(pieces, 0, 10) == (20, False)
    assert first_missing(pieces, 20, 10) == (20, False)
    assert first_missing(pieces, 30, 10) == (50, False)
    assert first_missing([*pieces, StagedPiece("", 50, 53)], 30, 10) == (53, True)
