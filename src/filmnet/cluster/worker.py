"""What a worker does: it loads the network once, then makes one task after the other.

    WholeTask     fetch ─▶ photos_to_video or video_to_video ─▶ deliver       or: Divided
    StretchTask   fetch ─▶ make_pieces ─▶ each piece to the staging folder
    JoinTask      fetch the pieces ─▶ join_pieces ─▶ deliver

Ray is not known here: `pool` turns this class into an actor.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filmnet import __version__
from filmnet.cluster import storage
from filmnet.cluster.inputs import Inputs
from filmnet.cluster.job import Job, digest
from filmnet.cluster.options import split_network
from filmnet.cluster.scratch import Scratch, empty_folder
from filmnet.cluster.staging import begin, find_pieces, first_missing, staging_folder
from filmnet.cluster.tasks import Divided, Failed, JoinTask, Made, Result, StretchTask, Task
from filmnet.errors import FilmnetError, InputError, OutputError
from filmnet.jobs import Progress, RetimingPlan, photos_to_video, plan_retiming, video_to_video
from filmnet.jobs.network import NetworkOptions
from filmnet.jobs.video_pieces import (
    can_be_divided,
    frames_per_piece,
    join_pieces,
    make_pieces,
)
from filmnet.media.segment_folder import Segment

if TYPE_CHECKING:
    from filmnet.interpolation import Interpolator

LEAST_PIECES = 3
"""From so many pieces on a video is long."""

MANY_FRAMES = 1000
"""What the network is prepared for: a batch makes many frames."""

_HEAD_BYTES = 1 << 20
_REPORT_SECONDS = 0.5

Report = Callable[[str, int, int], None]
"""Told a job's name, the frames that are done of the task at hand, and their number."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """What all workers of a batch share."""

    output: str
    """The batch's output folder."""

    network: NetworkOptions
    """What the first network is loaded with."""

    cores: int = 1
    """Of its machine, that a worker may use."""

    scratch: str | None = None
    """Where workers keep what they work on; None for the system's temporary files."""


class Worker:
    """Makes tasks one by one.

    Args:
        settings: what all workers share.
        report: called now and then while frames are made.
        memory_share: of the free memory of a machine without a GPU, for this worker.
    """

    def __init__(
        self, settings: WorkerSettings, report: Report, *, memory_share: float = 1.0
    ) -> None:
        self._settings = settings
        self._report = _Sparing(report)
        self._memory_share = memory_share
        self._scratch = Scratch(settings.scratch)
        self._network: tuple[NetworkOptions, Interpolator] | None = None
        self._inputs = Inputs(self._scratch.inputs)

    def load(self) -> str:
        """Load the network; returns a line about it.

        Raises:
            FilmnetError: weights, device or options that cannot be used.
        """
        return self._interpolator(self._settings.network).describe()

    def run(self, task: Task) -> Result:
        """Make a task; whatever goes wrong is the answer, and the next one may come."""
        begin = time.monotonic()
        try:
            result = self._make(task)
        except FilmnetError as error:
            result = Failed(error=self._public(str(error), task.job))
        except Exception as error:  # noqa: BLE001 - it is the driver's to decide what follows
            result = Failed(error=f"{type(error).__name__}: {error}")
        empty_folder(self._scratch.outputs)
        return replace(result, seconds=time.monotonic() - begin)

    def close(self) -> None:
        """Give the disk space back."""
        self._scratch.remove()

    def _make(self, task: Task) -> Result:
        if isinstance(task, StretchTask):
            return self._make_stretch(task)
        if isinstance(task, JoinTask):
            return self._join(task)
        self._check_output(task.job)
        begin(self._staging(task.job), task.job)
        return self._make_photos(task.job) if task.job.kind == "photos" else self._video(task.job)

    def _make_photos(self, job: Job) -> Made:
        paths = self._inputs.photos(job)
        network, options = self._split(job)
        target = self._target(job)
        summary = photos_to_video(
            paths,
            target,
            interpolator=self._interpolator(network),
            progress=self._progress(job),
            **options,
        )
        storage.deliver(summary.output, job.output)
        return Made(frames=summary.frames)

    def _video(self, job: Job) -> Made | Divided:
        network, options = self._split(job)
        source, target = self._inputs.video(job), self._target(job)
        plan = plan_retiming(source, target, **options)
        length = frames_per_piece(plan)
        if can_be_divided(plan) and plan.frames >= LEAST_PIECES * length:
            name = self._identify(job, plan, self._interpolator(network))
            return Divided(plan=name, frames=plan.frames, frames_per_piece=length)
        summary = video_to_video(
            source,
            target,
            interpolator=self._interpolator(network),
            progress=self._progress(job),
            **options,
        )
        storage.deliver(summary.output, job.output)
        return Made(frames=summary.frames)

    def _make_stretch(self, task: StretchTask) -> Made:
        network, options = self._split(task.job)
        plan = plan_retiming(self._inputs.video(task.job), self._target(task.job), **options)
        maker = self._interpolator(network)
        if self._identify(task.job, plan, maker) != task.plan:
            raise OutputError(
                f"{task.job.output}: the input has changed, or this worker computes otherwise "
                f"than the one that divided it ({maker.describe()}); use workers of one kind"
            )
        folder, length = self._staging(task.job), frames_per_piece(plan)
        start, is_end = first_missing(find_pieces(folder, task.plan), task.start, length)
        if is_end or (task.stop is not None and start >= task.stop):
            return Made(frames=start - task.start)
        made = [start]

        def keep(piece: Segment) -> None:
            storage.deliver(piece.path, f"{folder}/{task.plan}/{piece.path.name}")
            piece.path.unlink()
            made.append(piece.stop)

        make_pieces(
            plan,
            maker,
            self._scratch.outputs,
            start=start,
            stop=task.stop,
            on_piece=keep,
            progress=self._progress(task.job),
        )
        return Made(frames=made[-1] - task.start)

    def _join(self, task: JoinTask) -> Made:
        _, options = self._split(task.job)
        plan = plan_retiming(self._inputs.video(task.job), self._target(task.job), **options)
        pieces = find_pieces(self._staging(task.job), task.plan)
        empty_folder(pieces_folder := self._scratch.outputs / "pieces")
        paths, frames, at = [], [], 0
        for piece in pieces:
            if piece.start != at:
                raise OutputError(f"{task.job.output}: frames {at} to {piece.start} are missing")
            paths.append(_take(piece.path, pieces_folder))
            frames.append(piece.stop - piece.start)
            at = piece.stop
        if not paths:
            raise InputError(f"{task.job.inputs[0]}: no frame of this video can be decoded")
        written = join_pieces(plan, paths, frames)
        storage.deliver(written.path, task.job.output)
        return Made(frames=written.frames)

    def _interpolator(self, options: NetworkOptions) -> Interpolator:
        """The network for these options; another one makes room for it."""
        if self._network is None or self._network[0] != options:
            self._network = None
            bounded = replace(options, memory=self._memory(options))
            self._network = options, bounded.load(frames=MANY_FRAMES)
        return self._network[1]

    def _memory(self, options: NetworkOptions) -> str | int | None:
        """What this worker may take: as told, or its share of what is free."""
        from filmnet.interpolation.device import choose_device
        from filmnet.interpolation.memory import free_bytes

        if options.memory is not None or self._memory_share >= 1:
            return options.memory
        device = choose_device(options.device)
        return None if device.type == "cuda" else int(free_bytes(device) * self._memory_share)

    def _split(self, job: Job) -> tuple[NetworkOptions, dict[str, Any]]:
        """Which network a job wants, and its other options; the output is ours to replace."""
        given, options = split_network(job.options)
        options.pop("overwrite", None)
        asked = {name: value for name, value in vars(given).items() if name in job.options}
        return replace(self._settings.network, **asked), options

    def _target(self, job: Job) -> str:
        """Where a job's output grows: a file of its name, or a folder, in the scratch folder."""
        slash = "/" if job.output.endswith("/") else ""
        return f"{self._scratch.outputs}/{storage.base_name(job.output)}{slash}"

    def _staging(self, job: Job) -> str:
        return staging_folder(self._settings.output, job)

    def _progress(self, job: Job) -> Callable[[Progress], None]:
        return lambda progress: self._report(job.name, progress.frames_done, progress.frames_total)

    def _check_output(self, job: Job) -> None:
        """The output must not take the place of an input."""
        own = os.path.realpath(job.output)
        for path in job.inputs:
            if path == job.output or (
                not storage.is_remote(path) and os.path.realpath(path) == own
            ):
                raise OutputError(
                    f"{job.output}: this would replace the input {path}; choose another name"
                )

    def _identify(self, job: Job, plan: RetimingPlan, maker: Interpolator) -> str:
        """All that decides the pictures of a divided video."""
        source = Path(plan.info.path)
        with source.open("rb") as file:
            head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
        facts = [__version__, job.fingerprint, source.stat().st_size, head, maker.identify()]
        settings = repr(plan.video.settings), str(Fraction(plan.pace.fps))
        return digest([*facts, *settings, frames_per_piece(plan)])

    def _public(self, sentence: str, job: Job) -> str:
        """A sentence with the paths that the user gave instead of those in the scratch folder."""
        sentence = sentence.replace(self._target(job), job.output)
        return self._inputs.public(sentence)


class _Sparing:
    """Passes on a report twice a second at most."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = 0.0

    def __call__(self, job: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= _REPORT_SECONDS:
            self._last = now
            self._report(job, done, total)


def _take(path: str, folder: Path) -> Path:
    """A piece that may be moved away: a copy, or a link to what is local."""
    if storage.is_remote(path):
        return storage.fetch(path, folder)
    link = folder / storage.base_name(path)
    link.symlink_to(os.path.abspath(path))  # noqa: PTH100 - the link itself is not followed
    return link
