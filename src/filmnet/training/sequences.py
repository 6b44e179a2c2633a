"""Sequences: frames that follow each other, on disk until one is read.

A triplet of a set is a sequence of three, a septuplet one of seven, a clip as frames one of many.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from filmnet.media.photo_list import natural_key
from filmnet.training.pictures import Pixels, decode_picture, is_picture_name, read_bytes

FEWEST_FRAMES = 3

DEEPEST = 4
"""Levels of folders that are searched below the one that was named."""


class Sequences(Protocol):
    """A finite list of sequences, by number."""

    def __len__(self) -> int: ...

    def name(self, number: int) -> str:
        """A sequence's name within its set."""

    def frame_count(self, number: int) -> int:
        """Its frames."""

    def file_name(self, number: int, frame: int) -> str:
        """What a frame's file is called within its sequence."""

    def frame_name(self, number: int, frame: int) -> str:
        """Where a frame lies, in words for a person."""

    def read(self, number: int, frame: int) -> bytes:
        """A frame's file.

        Raises:
            SampleError: it cannot be read.
        """

    def without(self, names: Collection[str]) -> Sequences:
        """The same but for the sequences of these names."""


def read_frame(sequences: Sequences, number: int, frame: int) -> Pixels:
    """A frame, (H, W, 3).

    Raises:
        SampleError: it cannot be read.
    """
    return decode_picture(sequences.read(number, frame), sequences.frame_name(number, frame))


@dataclass(frozen=True, kw_only=True)
class FolderSequences:
    """Folders with the frames of a sequence in each, in natural order."""

    root: Path

    folders: tuple[str, ...]
    """Below `root`."""

    pictures: tuple[tuple[str, ...], ...]
    """File names in each folder; folders with the same ones share the tuple."""

    def __len__(self) -> int:
        return len(self.folders)

    def name(self, number: int) -> str:
        return self.folders[number]

    def frame_count(self, number: int) -> int:
        return len(self.pictures[number])

    def file_name(self, number: int, frame: int) -> str:
        return self.pictures[number][frame]

    def frame_name(self, number: int, frame: int) -> str:
        return str(self._path(number, frame))

    def read(self, number: int, frame: int) -> bytes:
        return read_bytes(self._path(number, frame))

    def without(self, names: Collection[str]) -> FolderSequences:
        kept = [i for i, folder in enumerate(self.folders) if folder not in names]
        return FolderSequences(
            root=self.root,
            folders=tuple(self.folders[i] for i in kept),
            pictures=tuple(self.pictures[i] for i in kept),
        )

    def _path(self, number: int, frame: int) -> Path:
        return self.root / self.folders[number] / self.file_name(number, frame)


class FolderContent(NamedTuple):
    """What a folder holds, hidden things left out; names in natural order."""

    folder: Path
    files: tuple[str, ...]
    folders: tuple[str, ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The pictures among the files."""
        return tuple(name for name in self.files if is_picture_name(name))


def walk(root: Path, depth: int = DEEPEST) -> Iterator[FolderContent]:
    """`root` and the folders below it, parents first, in natural order."""
    content = list_folder(root)
    yield content
    if depth:
        for name in content.folders:
            yield from walk(root / name, depth - 1)


def list_folder(folder: Path) -> FolderContent:
    """What a folder holds; one that cannot be read holds nothing."""
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    (folders if entry.is_dir() else files).append(entry.name)
    except OSError:
        return FolderContent(folder, (), ())
    return FolderContent(folder, _in_order(files), _in_order(folders))


@dataclass
class FolderSearch:
    """The sequences below a folder, and the folders that hold too few pictures for one."""

    sequences: FolderSequences
    too_few: list[str] = field(default_factory=list)
    other_files: int = 0
    """Files beside the folders' pictures that are none."""


def find_sequences(root: Path) -> FolderSearch:
    """Every folder at or below `root` with three or more pictures in it."""
    folders: list[str] = []
    pictures: list[tuple[str, ...]] = []
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    too_few: list[str] = []
    others = 0
    for content in walk(root):
        name, names = content.folder.relative_to(root).as_posix(), content.pictures
        others += len(content.files) - len(names)
        if len(names) >= FEWEST_FRAMES:
            folders.append(name)
            pictures.append(shared.setdefault(names, names))
        elif names:
            too_few.append(name)
    sequences = FolderSequences(root=root, folders=tuple(folders), pictures=tuple(pictures))
    return FolderSearch(sequences, too_few, others)


def _in_order(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: natural_key(Path(name))))
