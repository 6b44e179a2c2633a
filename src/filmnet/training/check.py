"""Looking a data set through before training: what is there, what is broken, what will be used."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader, Dataset

from filmnet.errors import InputError, OutputError, RecipeError
from filmnet.training.clips import read_clip
from filmnet.training.footage import find_footage
from filmnet.training.layouts import Layout, left_out_path, recognise, survey
from filmnet.training.pack import open_photos, open_stills, open_windows
from filmnet.training.pictures import SampleError, decode_picture
from filmnet.training.preparation import Meter, Progress, Report, tell_nobody
from filmnet.training.sequences import Sequences

SHOWN = 20
"""Faults, and sizes, that are listed; of more, how many there are."""

_DIGEST_BYTES = 12


@dataclass(kw_only=True)
class DataReport:
    """What was found in a data set."""

    data: Path
    layout: Layout

    kind: str
    """What is counted: sequences, clips or windows."""

    found: int = 0
    usable: int = 0
    """How many of them training can use."""

    pictures: int = 0

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Pictures of each width and height."""

    faults: dict[str, str] = field(default_factory=dict)
    """Names of what cannot be used, and why."""

    missing: tuple[str, ...] = ()
    """What a list names and no folder holds."""

    left_out: tuple[str, ...] = ()
    """What was left out by name before."""

    notes: list[str] = field(default_factory=list)
    """What else there is to say."""

    def lines(self) -> Iterator[str]:
        """The report in words."""
        yield f"{self.data}: {self.layout.value}"
        yield f"found: {self.found} {self.kind}, {self.pictures} pictures"
        yield f"sizes: {', '.join(self._sizes()) or 'none'}"
        yield from self.notes
        if self.missing:
            count, first = len(self.missing), self.missing[0]
            yield f"missing, though the list names them: {count}, the first is {first}"
        for name, reason in list(self.faults.items())[:SHOWN]:
            yield f"not usable: {name}: {reason}"
        if len(self.faults) > SHOWN:
            yield f"not usable: {len(self.faults) - SHOWN} more"
        if self.left_out:
            yield f"left out by name: {len(self.left_out)}"
        yield f"will be used: {self.usable} {self.kind}"

    def _sizes(self) -> Iterator[str]:
        for (width, height), count in self.sizes.most_common(SHOWN):
            yield f"{width}x{height} ({count})"
        if len(self.sizes) > SHOWN:
            yield f"{len(self.sizes) - SHOWN} more"


def check_data(
    data: Path,
    crop_px: int | None = None,
    report: Report = tell_nobody,
    *,
    workers: int = 0,
) -> DataReport:
    """Read every picture of a data set.

    Args:
        data: of any layout.
        crop_px: the crop that training will take; None asks for no size.
        report: told how far the reading is.
        workers: processes that read sequences; 0 reads them in this one.

    Returns:
        What was found; there may be nothing usable in it.

    Raises:
        RecipeError: no data set at all, or a damaged pack, list or index.
        InputError: a folder of photos without photos.
    """
    layout = recognise(data)
    if layout is Layout.PACK:
        return _check_pack(data, crop_px)
    if layout is Layout.CLIPS:
        return _check_clips(data, report)
    return _check_sequences(data, crop_px, report, workers)


def leave_out(report: DataReport) -> Path:
    """Write the names of what is missing or cannot be used to `left-out.txt`; returns that file.

    Raises:
        OutputError: it cannot be written.
    """
    path = left_out_path(report.data)
    part = path.with_name(f"{path.name}.part")
    names = sorted({*report.left_out, *report.missing, *report.faults})
    try:
        part.write_text("".join(f"{name}\n" for name in names), "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    return path


def _check_pack(pack: Path, crop_px: int | None) -> DataReport:
    """What a pack holds; its pictures were read when it was made."""
    found = DataReport(data=pack, layout=Layout.PACK, kind="windows")
    for clip in open_windows(pack):
        count, frames, height, width = clip.windows.shape[:4]
        found.found += count
        found.pictures += count * frames
        found.sizes[width, height] += count * frames
        if crop_px is not None and width < crop_px:
            found.faults["all windows"] = _too_small(width, height, crop_px)
    found.usable = 0 if found.faults else found.found
    photos, stills = len(open_photos(pack)), len(open_stills(pack))
    found.notes.append(f"for layered scenes: photos {photos}, stills of clips {stills}")
    return found


def _check_clips(data: Path, report: Report) -> DataReport:
    """Decode every frame of every clip."""
    footage = find_footage([data])
    found = DataReport(data=data, layout=Layout.CLIPS, kind="clips", found=len(footage.clips))
    meter = Meter(report, len(footage.clips))
    for name, clip in footage.clips.items():
        tick = meter.tick(footage.frames[name], reading=0)
        try:
            for number, frame in enumerate(read_clip(clip)):
                tick(number)
                found.pictures += 1
                found.sizes[frame.pixels.shape[1], frame.pixels.shape[0]] += 1
        except (RecipeError, InputError) as error:
            found.faults[name] = str(error)
        meter.end()
    found.usable = found.found - len(found.faults)
    if footage.photos:
        found.notes.append(f"for layered scenes: photos {len(footage.photos)}")
    found.notes.append("to be cut: `filmnet data prepare` leaves out what shows no true motion")
    return found


def _check_sequences(data: Path, crop_px: int | None, report: Report, workers: int) -> DataReport:
    """Decode every picture of every sequence."""
    surveyed = survey(data)
    sequences = surveyed.sequences
    found = DataReport(
        data=data,
        layout=surveyed.layout,
        kind="sequences",
        found=len(sequences),
        missing=surveyed.missing,
        left_out=surveyed.left_out,
        notes=[f"not used: {remark}" for remark in surveyed.remarks],
    )
    copies = _Copies()
    looks = DataLoader(
        _Looks(sequences, crop_px),
        batch_size=None,
        sampler=range(len(sequences)),
        num_workers=workers,
        collate_fn=_as_it_is,
    )
    for number, look in enumerate(looks):
        name = sequences.name(number)
        found.pictures += sum(look.sizes.values())
        found.sizes.update(look.sizes)
        if look.fault:
            found.faults[name] = look.fault
        copies.add(name, look.digests)
        report(Progress(done=number + 1, total=len(sequences)))
    found.usable = found.found - len(found.faults)
    found.notes += copies.lines()
    return found


@dataclass(kw_only=True)
class _Look:
    """What reading one sequence shows."""

    fault: str | None = None
    """Why it cannot be used, if so."""

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)

    digests: list[bytes] = field(default_factory=list)
    """Of the pictures' files, in order, those that can be read."""


class _Looks(Dataset[_Look]):
    """Looks at sequences, by number."""

    def __init__(self, sequences: Sequences, crop_px: int | None) -> None:
        self._sequences = sequences
        self._crop_px = crop_px

    def __getitem__(self, number: int) -> _Look:
        look = _Look()
        for frame in range(self._sequences.frame_count(number)):
            fault = self._add(look, number, frame)
            look.fault = look.fault or fault
        return look

    def _add(self, look: _Look, number: int, frame: int) -> str | None:
        """Read one picture; returns what is wrong with it, if anything."""
        try:
            data = self._sequences.read(number, frame)
            pixels = decode_picture(data, self._sequences.frame_name(number, frame))
        except SampleError as error:
            return str(error)
        width, height = pixels.shape[1], pixels.shape[0]
        first = next(iter(look.sizes), (width, height))
        look.sizes[width, height] += 1
        look.digests.append(hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest())
        if (width, height) != first:
            return f"picture {frame + 1} is {width}x{height}, the first is {first[0]}x{first[1]}"
        if self._crop_px is not None and min(width, height) < self._crop_px:
            return _too_small(width, height, self._crop_px)
        return None


class _Copies:
    """Counts what is in a set more than once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._copies = 0
        self._repeats: list[str] = []

    def add(self, name: str, digests: list[bytes]) -> None:
        """Note a sequence's pictures."""
        if any(a == b for a, b in itertools.pairwise(digests)):
            self._repeats.append(name)
        self._copies += len(digests) - len(set(digests) - self._seen)
        self._seen.update(digests)

    def lines(self) -> Iterator[str]:
        """What was found, in words."""
        if self._copies:
            yield f"pictures that are copies of others, to the byte: {self._copies}"
        if self._repeats:
            yield (
                f"sequences that show a picture twice in a row, which are used: "
                f"{len(self._repeats)}, the first is {self._repeats[0]}"
            )


def _as_it_is(look: Any) -> Any:
    return look


def _too_small(width: int, height: int, crop_px: int) -> str:
    return f"{width}x{height} is smaller than the crop, {crop_px} px"
