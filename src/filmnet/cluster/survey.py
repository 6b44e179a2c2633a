"""The first look at a batch: every job is read and checked once before any work is done."""

from __future__ import annotations

from dataclasses import dataclass

from filmnet.cluster import storage
from filmnet.cluster.job import Job
from filmnet.cluster.journal import RESULTS, Journal
from filmnet.cluster.manifest import Manifest
from filmnet.errors import InputError, OutputError


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What there is to do."""

    jobs: int
    skipped: int
    """Jobs that an earlier run has done."""

    @property
    def waiting(self) -> int:
        """Jobs that are to be done."""
        return self.jobs - self.skipped


def survey(manifest: Manifest, journal: Journal) -> Survey:
    """Read all jobs; only a short name of each output is remembered.

    Raises:
        InputError: no jobs, or a line that is none.
        OutputError: two jobs of one output, an output that cannot be written whole, or one that was
            done with other inputs or options.
    """
    outputs: set[bytes] = set()
    jobs = skipped = 0
    for job in manifest.jobs():
        _check_output(job)
        key = bytes.fromhex(job.key)
        if key in outputs:
            raise OutputError(
                f"{job.output}: two jobs would write this; give one of them another name "
                "(in a manifest: job or output)"
            )
        outputs.add(key)
        state = journal.state(job)
        if state == "changed" and not job.options.get("overwrite"):
            raise OutputError(
                f"{job.output}: {RESULTS} says that it was made from other inputs or options; "
                "pass --overwrite to make it again, or choose another output folder"
            )
        jobs += 1
        skipped += state == "done"
    if not jobs:
        raise InputError(
            f"{manifest.source}: there is no job in it: a folder has sub-folders of photos or "
            "videos, a manifest has a line per job"
        )
    return Survey(jobs=jobs, skipped=skipped)


def _check_output(job: Job) -> None:
    if storage.is_remote(job.output) and job.output.endswith("/"):
        raise OutputError(
            f"{job.output}: a folder of frames does not arrive whole in such a place; "
            "name a file, such as .mkv or .mp4"
        )
