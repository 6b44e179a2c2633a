"""What every preparation of training data has in common: its progress, and its folder.

A set grows under a temporary name beside its target and takes its name when it is complete.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filmnet.errors import OutputError
from filmnet.training.windows import octave


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a preparation has come."""

    done: float
    """Of `total`; a clip or photo that is being worked on counts in part."""

    total: int

    line: str | None = None
    """What was just done, in words; None in the midst of it."""


TICK_EVERY = 20
"""Frames from one report in the midst of a clip to the next."""

Report = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What a preparation made of its clips."""

    kind: str
    """What was cut: windows or triplets."""

    motions: tuple[float, ...]
    """Motion of each in pixels: per frame in a window, between the inputs in a triplet."""

    left_out: dict[str, dict[str, int]]
    """By clip, what was left out of it."""

    def lines(self) -> Iterator[str]:
        """All clips together, in words."""
        yield f"kept: {len(self.motions)} {self.kind} of {len(self.left_out)} clips"
        total: Counter[str] = Counter()
        for reasons in self.left_out.values():
            total.update(reasons)
        if total:
            yield f"left out: {_list(total)}"
        octaves = Counter(octave(motion) for motion in self.motions)
        parts = [f"{2.0**k:g}-{2.0 ** (k + 1):g} px {octaves[k]}" for k in sorted(octaves)]
        yield f"motion: {', '.join(parts) or 'none'}"


def tell_nobody(_: Progress) -> None:
    """Report nothing."""


class Meter:
    """Counts clips and photos, and reports how far the one that is worked on has come."""

    def __init__(self, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def tick(self, frames: int, *, reading: int, readings: int = 1) -> Callable[[int], None]:
        """What turns the frames of a clip, as they are read, into progress.

        Args:
            frames: of the clip, as far as is known; 0 reports nothing.
            reading: which of the clip's readings this is, from 0.
            readings: how many there are.
        """

        def tick(number: int) -> None:
            if frames and number % TICK_EVERY == 0:
                part = (reading + min(1.0, number / frames)) / readings
                self._report(Progress(done=self._done + part, total=self._total))

        return tick

    def end(self, line: str | None = None) -> None:
        """Report that a clip or photo is done."""
        self._done += 1
        self._report(Progress(done=self._done, total=self._total, line=line))


def describe_kept(name: str, kept: int, found: int, kind: str, left_out: Mapping[str, int]) -> str:
    """How much of a clip was kept, and why the rest was not, in one line.

    Args:
        name: of the clip.
        kept: how many windows or triplets.
        found: how many there were to choose from.
        kind: `windows` or `triplets`.
        left_out: how many of each other kind.
    """
    line = f"{name}: {kept} {kind}" if kept == found else f"{name}: {kept} of {found} {kind}"
    return f"{line}; left out: {_list(left_out)}" if left_out else line


def check_target(target: Path, marker: str, kind: str, *, overwrite: bool) -> None:
    """Refuse to replace what is there, unless it is of the same kind and that is asked for.

    Args:
        target: the folder to be made.
        marker: the file that tells a folder of this kind.
        kind: what such a folder is called.
        overwrite: whether one may be replaced.

    Raises:
        OutputError: something else is there, or it may not be replaced.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / marker).is_file():
        raise OutputError(f"{target}: exists and is not {kind}; name another folder")
    if not overwrite:
        raise OutputError(f"{target}: is {kind} already; pass --overwrite to replace it")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its name when all went well.

    Raises:
        OutputError: it cannot be written.
    """
    target = target.absolute()
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        partial.mkdir(parents=True)
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.items())
