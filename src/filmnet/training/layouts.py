"""Which kind of training data a folder holds, recognised by what is in it.

pack.json                                   a pack
index.json, *.tar                           WebDataset shards
tri_trainlist.txt, sequences/               Vimeo-90K triplets, as distributed
sep_trainlist.txt, sequences/               Vimeo-90K septuplets
train/002/occ008.320/0000.png …             X4K1000FPS; of any folder with train/ in it, that
clips/, photos/, or videos                  clips, which are cut into a pack
folders of three or more pictures           triplets, or frames of any number
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from filmnet.errors import RecipeError
from filmnet.training.sequences import (
    FEWEST_FRAMES,
    FolderSequences,
    Sequences,
    find_sequences,
    list_folder,
    walk,
)
from filmnet.training.shards import INDEX_FILE, open_shards

PACK_FILE = "pack.json"

LEFT_OUT_FILE = "left-out.txt"
"""Names of sequences that are not to be used, one per line; `filmnet data check` writes it."""

VIDEO_EXTENSIONS = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"),
    *(".mpg", ".mpeg", ".ts", ".mts", ".gif"),
)

_TRAIN = "train"
_EXPECTED = (
    "a pack, WebDataset shards, Vimeo-90K (sequences/ and tri_trainlist.txt or sep_trainlist.txt), "
    "X4K1000FPS (train/), a folder with clips/ or photos/, videos, or folders of three or more "
    "pictures"
)


class Layout(Enum):
    """A kind of training data, as a person calls it."""

    PACK = "a pack"
    SHARDS = "WebDataset shards"
    TRIPLETS = "Vimeo-90K triplets"
    SEPTUPLETS = "Vimeo-90K septuplets"
    TRAIN_FOLDER = "frames below train/, as X4K1000FPS"
    FRAMES = "folders of frames"
    CLIPS = "clips and photos"


LISTS = {Layout.TRIPLETS: ("tri", 3), Layout.SEPTUPLETS: ("sep", 7)}
"""What the lists' names begin with, and frames per sequence."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a set of sequences holds, by its lists and folders; no picture was opened."""

    layout: Layout

    sequences: Sequences
    """All that are there and not left out."""

    missing: tuple[str, ...] = ()
    """What a list names and no folder holds."""

    left_out: tuple[str, ...] = ()
    """What `left-out.txt` names."""

    remarks: tuple[str, ...] = ()
    """What else is not used, in words."""


def recognise(data: Path) -> Layout:
    """The layout of `data`.

    Raises:
        RecipeError: there is nothing, or nothing that training could use.
    """
    if data.is_file():
        return _recognise_file(data)
    if not data.is_dir():
        raise RecipeError(f"{data}: no such folder of training data")
    content = list_folder(data)
    if PACK_FILE in content.files:
        return Layout.PACK
    if INDEX_FILE in content.files or any(name.endswith(".tar") for name in content.files):
        return Layout.SHARDS
    for layout, (prefix, _) in LISTS.items():
        if f"{prefix}_trainlist.txt" in content.files:
            return layout
    _refuse_part_of_vimeo(data)
    if {"clips", "photos"} & set(content.folders):
        return Layout.CLIPS
    if _TRAIN not in content.folders:
        return _recognise_media(data)
    if _recognise_media(data / _TRAIN) is Layout.CLIPS:
        raise RecipeError(f"{data}: its train/ holds videos; name {data / _TRAIN} itself")
    return Layout.TRAIN_FOLDER


def survey(data: Path) -> Survey:
    """The sequences of a set: any layout but a pack and clips.

    Raises:
        RecipeError: nothing to be used, a pack or clips, or a list or an index that cannot be read.
    """
    layout = recognise(data)
    if layout in LISTS:
        found = _survey_lists(data, layout)
    elif layout is Layout.SHARDS:
        found = _survey_shards(data)
    elif layout in (Layout.FRAMES, Layout.TRAIN_FOLDER):
        found = _survey_folders(data, layout)
    else:
        raise RecipeError(
            f"{data}: {layout.value}, not frames; `filmnet data prepare --as triplets` makes a set "
            f"of frames from clips"
        )
    left_out = _read_left_out(data)
    return Survey(
        layout=layout,
        sequences=found.sequences.without(left_out) if left_out else found.sequences,
        missing=tuple(name for name in found.missing if name not in left_out),
        left_out=tuple(sorted(left_out)),
        remarks=found.remarks,
    )


def open_sequences(data: Path) -> Sequences:
    """The sequences that training uses.

    Raises:
        RecipeError: nothing to be used, or a list names what is not there.
    """
    found = survey(data)
    if found.missing:
        raise RecipeError(
            f"{data}: its list names {len(found.missing)} that sequences/ does not hold, the first "
            f"is {found.missing[0]}; complete the set, or leave them out with "
            f"`filmnet data check --leave-out`"
        )
    if not len(found.sequences):
        raise RecipeError(f"{data}: no sequence of three or more frames is left to train on")
    return found.sequences


def is_video_name(name: str) -> bool:
    """Whether a file's name is that of a video, and not hidden."""
    return not name.startswith(".") and name.lower().endswith(VIDEO_EXTENSIONS)


def left_out_path(data: Path) -> Path:
    """Where the names of what is not to be used are kept."""
    return (data.parent if data.is_file() else data) / LEFT_OUT_FILE


def _recognise_file(data: Path) -> Layout:
    if data.suffix == ".json":
        return Layout.SHARDS
    if is_video_name(data.name):
        return Layout.CLIPS
    raise RecipeError(f"{data}: is neither an index of shards nor a video; expected {_EXPECTED}")


def _refuse_part_of_vimeo(data: Path) -> None:
    """Refuse `sequences/` without its lists, which say what is for testing."""
    for folder in (data, data.parent):
        for prefix, _ in LISTS.values():
            if folder != data and (folder / f"{prefix}_trainlist.txt").is_file():
                raise RecipeError(
                    f"{data}: holds sequences for testing, too; name {folder}, whose list says "
                    f"which are for training"
                )
            if folder == data and (folder / f"{prefix}_testlist.txt").is_file():
                raise RecipeError(
                    f"{data}: {prefix}_testlist.txt is there, but no {prefix}_trainlist.txt; "
                    f"complete the set"
                )


def _recognise_media(data: Path) -> Layout:
    """Clips or frames: what is met first."""
    for content in walk(data):
        if any(is_video_name(name) for name in content.files):
            return Layout.CLIPS
        if len(content.pictures) >= FEWEST_FRAMES:
            return Layout.FRAMES
    raise RecipeError(f"{data}: nothing to train on in it; expected {_EXPECTED}")


def _survey_lists(data: Path, layout: Layout) -> Survey:
    """What the list for training names; the folders are listed, their pictures are not."""
    prefix, frames = LISTS[layout]
    names = _read_list(data / f"{prefix}_trainlist.txt")
    tests = set(_read_list(data / f"{prefix}_testlist.txt", optional=True))
    there = {
        f"{group.name}/{name}"
        for group in sorted({data / "sequences" / Path(name).parent for name in names})
        for name in list_folder(group).folders
    }
    used = [name for name in names if name in there and name not in tests]
    pictures = tuple(f"im{i}.png" for i in range(1, frames + 1))
    remarks = [f"sequences of {prefix}_testlist.txt, which are for testing: {len(tests)}"]
    if both := sum(name in tests for name in names):
        remarks.append(f"sequences that {prefix}_testlist.txt names as well: {both}")
    return Survey(
        layout=layout,
        sequences=FolderSequences(
            root=data / "sequences",
            folders=tuple(used),
            pictures=(pictures,) * len(used),
        ),
        missing=tuple(name for name in names if name not in there),
        remarks=tuple(remarks if tests else remarks[1:]),
    )


def _survey_shards(data: Path) -> Survey:
    sequences, too_few = open_shards(data)
    remarks = (f"samples of fewer than three pictures: {too_few}",) if too_few else ()
    return Survey(layout=Layout.SHARDS, sequences=sequences, remarks=remarks)


def _survey_folders(data: Path, layout: Layout) -> Survey:
    root = data / _TRAIN if layout is Layout.TRAIN_FOLDER else data
    found = find_sequences(root)
    remarks = []
    if found.too_few:
        remarks.append(
            f"folders with fewer than three pictures: {len(found.too_few)}, "
            f"the first is {found.too_few[0]}"
        )
    if found.other_files:
        remarks.append(f"files that are no pictures: {found.other_files}")
    if root != data:
        others = [name for name in list_folder(data).folders if name != _TRAIN]
        remarks += [f"{name}/, beside train/" for name in others]
    return Survey(layout=layout, sequences=found.sequences, remarks=tuple(remarks))


def _read_list(path: Path, *, optional: bool = False) -> list[str]:
    """Names of sequences, in the file's order, each once."""
    if optional and not path.exists():
        return []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read as a list of sequences ({error})") from error
    return list(dict.fromkeys(line.strip().strip("/") for line in lines if line.strip()))


def _read_left_out(data: Path) -> set[str]:
    return set(_read_list(left_out_path(data), optional=True))
