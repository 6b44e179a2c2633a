import json
from dataclasses import replace

import pytest

from filmnet.cluster import storage
from filmnet.cluster.job import Job
from filmnet.cluster.journal import RESULTS, Journal, Record, now
from filmnet.errors import InputError, OutputError

JOB = Job(name="a", kind="video", inputs=("a.mp4",), output="out/a.mp4", options={"fps": 60})


def record(job=JOB, **facts):
    known = Record(
        job=job.name,
        outcome="done",
        output=job.output,
        frames=12,
        seconds=1.5,
        tries=1,
        parts=1,
        error=None,
        fingerprint=job.fingerprint,
        ended=now(),
    )
    return replace(known, **facts)


def test_a_record_is_in_the_file_as_soon_as_it_is_written(tmp_path):
    with Journal(str(tmp_path / "out")) as journal:
        assert journal.state(JOB) == "new"
        journal.write(record())
        (line,) = (tmp_path / "out" / RESULTS).read_text().splitlines()
        row = json.loads(line)
    assert {name: row[name] for name in ("job", "outcome", "frames", "seconds", "error")} == {
        "job": "a",
        "outcome": "done",
        "frames": 12,
        "seconds": 1.5,
        "error": None,
    }


def test_another_run_knows_what_was_done_failed_and_changed(tmp_path):
    other, third = replace(JOB, output="out/b.mp4"), replace(JOB, output="out/c.mp4")
    with Journal(str(tmp_path)) as journal:
        journal.write(record(other, outcome="failed", error="broken"))
        journal.write(record())
        journal.write(record(third, outcome="failed"))
        journal.write(record(third))
    with Journal(str(tmp_path)) as journal:
        assert journal.state(JOB) == "done"
        assert journal.state(replace(JOB, options={"fps": 30})) == "changed"
        assert journal.state(other) == "failed"
        assert journal.state(third) == "done"


def test_a_line_that_a_kill_cut_off_is_dropped(tmp_path):
    with Journal(str(tmp_path)) as journal:
        journal.write(record())
    path = tmp_path / RESULTS
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    with Journal(str(tmp_path)) as journal:
        assert journal.state(JOB) == "done"
        journal.write(record())
    assert path.read_bytes().startswith(whole)
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_what_is_no_journal_is_not_written_to(tmp_path):
    (tmp_path / RESULTS).write_text("my own\n")
    with pytest.raises(InputError, match=r"results\.jsonl line 1: this is no result of a batch"):
        Journal(str(tmp_path))
    assert (tmp_path / RESULTS).read_text() == "my own\n"


def test_two_runs_do_not_share_a_folder(tmp_path):
    with (
        Journal(str(tmp_path)),
        pytest.raises(OutputError, match="another run is writing this"),
    ):
        Journal(str(tmp_path))


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(str(tmp_path / "file" / "out"))


def test_in_an_object_store_it_is_uploaded_and_taken_up_again(s3, monkeypatch):
    monkeypatch.setattr("filmnet.cluster.journal._UPLOAD_SECONDS", 0)
    monkeypatch.setattr("filmnet.cluster.journal._UPLOAD_SHARE", 0)
    with Journal(f"{s3}/out") as journal:
        journal.write(record())
        assert storage.exists(f"{s3}/out/{RESULTS}")
    with Journal(f"{s3}/out") as journal:
        assert journal.state(JOB) == "done"
        journal.write(record(replace(JOB, output="out/b.mp4")))
    with storage.open_text(f"{s3}/out/{RESULTS}") as file:
        assert len(list(file)) == 2
