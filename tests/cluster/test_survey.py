import json

import pytest

from filmnet.cluster.journal import Journal, Record
from filmnet.cluster.manifest import Manifest
from filmnet.cluster.survey import survey
from filmnet.errors import InputError, OutputError


@pytest.fixture
def look(tmp_path):
    def look(*rows, **defaults):
        (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, rows)))
        manifest = Manifest(
            source=str(tmp_path / "jobs.jsonl"), output=str(tmp_path / "out"), defaults=defaults
        )
        with Journal(manifest.output) as journal:
            return survey(manifest, journal), list(manifest.jobs())

    return look


def done(tmp_path, job):
    facts = {"frames": 1, "seconds": 1, "tries": 1, "parts": 1, "error": None, "ended": ""}
    with Journal(str(tmp_path / "out")) as journal:
        journal.write(
            Record(
                job=job.name,
                outcome="done",
                output=job.output,
                fingerprint=job.fingerprint,
                **facts,
            )
        )


def test_what_is_done_is_skipped(tmp_path, look):
    rows = [{"inputs": "a.mp4", "fps": 60}, {"inputs": "b.mp4", "fps": 60}]
    found, jobs = look(*rows)
    assert (found.jobs, found.skipped, found.waiting) == (2, 0, 2)
    done(tmp_path, jobs[0])
    found, _ = look(*rows)
    assert (found.jobs, found.skipped, found.waiting) == (2, 1, 1)


def test_two_jobs_of_one_output_are_an_error(look):
    with pytest.raises(OutputError, match=r"out/a\.mp4: two jobs would write this"):
        look({"inputs": "x/a.mp4"}, {"inputs": "b.mp4"}, {"inputs": "y/a.mov"})


def test_a_job_that_was_done_otherwise_is_made_again_only_if_told(tmp_path, look):
    _, (job,) = look({"inputs": "a.mp4", "fps": 60})
    done(tmp_path, job)
    with pytest.raises(OutputError, match="made from other inputs or options; pass --overwrite"):
        look({"inputs": "a.mp4", "fps": 50})
    found, _ = look({"inputs": "a.mp4", "fps": 50}, overwrite=True)
    assert found.waiting == 1


def test_nothing_to_do_and_what_cannot_be_whole_are_errors(look):
    with pytest.raises(InputError, match=r"jobs\.jsonl: there is no job in it"):
        look()
    with pytest.raises(OutputError, match="does not arrive whole"):
        look({"inputs": "a.mp4", "output": "s3://films/a/"})
