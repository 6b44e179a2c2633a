"""Where the published sets keep their triplets, as distributed.

Each function gives triplets by name, or None where the folder has another layout.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from filmnet.errors import InputError
from filmnet.evaluation.clips import Clip, open_clip
from filmnet.evaluation.samples import Triplet, find_triplets
from filmnet.media.photo_list import PHOTO_EXTENSIONS, natural_key

VIMEO_LIST = "tri_testlist.txt"
UCF_FOLDER = "ucf101_interp_ours"
MIDDLEBURY_INPUTS, MIDDLEBURY_TRUTH = "other-data", "other-gt-interp"
XIPH_PREFIX = "Netflix_"


def find_vimeo90k(folder: Path) -> dict[str, Triplet] | None:
    """The test triplets that `tri_testlist.txt` names.

    Raises:
        InputError: one of their pictures is missing.
    """
    if not (folder / VIMEO_LIST).is_file():
        return None
    names = _lines(folder / VIMEO_LIST)
    sequences = folder / "sequences"
    found = {name: Triplet(*(sequences / name / f"im{k}.png" for k in (1, 2, 3))) for name in names}
    return _checked(found, folder / VIMEO_LIST)


def find_ucf101(folder: Path) -> dict[str, Triplet] | None:
    """The numbered folders of `ucf101_interp_ours`, in the order of their numbers.

    Raises:
        InputError: a folder lacks a picture.
    """
    if (folder / UCF_FOLDER).is_dir():
        folder = folder / UCF_FOLDER
    elif folder.name != UCF_FOLDER:
        return None
    found = {triplet.truth.parent.name: triplet for triplet in find_triplets(folder)}
    return {name: found[name] for name in sorted(found, key=lambda n: natural_key(Path(n)))}


def find_middlebury(folder: Path) -> dict[str, Triplet] | None:
    """The scenes of Middlebury-Other whose middle frame is public.

    Raises:
        InputError: a scene's inputs are missing.
    """
    inputs, truths = folder / MIDDLEBURY_INPUTS, folder / MIDDLEBURY_TRUTH
    if not inputs.is_dir() or not truths.is_dir():
        return None
    scenes = sorted(path.name for path in truths.iterdir() if (path / "frame10i11.png").is_file())
    found = {
        name: Triplet(
            inputs / name / "frame10.png",
            truths / name / "frame10i11.png",
            inputs / name / "frame11.png",
        )
        for name in scenes
    }
    return _checked(found, truths)


def find_snufilm(folder: Path, level: str) -> dict[str, Triplet] | None:
    """The triplets that a level's list names.

    The lists' paths begin with folders of the authors' own (`data/SNU-FILM/test/…`): what of a path
    exists below `folder` is taken.

    Raises:
        InputError: a line has not three paths, or a picture is missing.
    """
    places = (folder / f"test-{level}.txt", folder / "eval_modes" / f"test-{level}.txt")
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return None
    found = {}
    for number, line in enumerate(_lines(file), 1):
        words = line.split()
        if len(words) != 3:
            raise InputError(f"{file}: line {number} has {len(words)} paths; a triplet has three")
        truth = PurePosixPath(words[1])
        name = "/".join((*truth.parts[-3:-1], truth.stem))
        found[name] = Triplet(*(_below(folder, word) for word in words))
    return _checked(found, file)


def find_xiph_clips(folder: Path) -> list[Clip]:
    """Y4M files, folders of frames, or frames named `CLIP-001.png`; by name, none if none is there.

    Raises:
        InputError: a folder cannot be read.
    """
    videos = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".y4m")
    if videos:
        return [Clip(name=_xiph_name(path), frames=path) for path in videos]
    if loose := _loose_frames(folder):
        return [Clip(name=name, frames=frames) for name, frames in loose.items()]
    inner = sorted(path for path in folder.iterdir() if _holds_photos(path))
    clips = [open_clip(path) for path in inner]
    # Three pictures are a triplet of the other layout; a clip of Xiph has a hundred.
    return [clip for clip in clips if clip.count() != 3]


def _loose_frames(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Frames beside one another, by what stands before their number."""
    clips = defaultdict(list)
    for path in sorted(folder.iterdir(), key=natural_key):
        name = re.fullmatch(r"(.+?)[-_ ]?\d+", path.stem)
        if name and path.suffix.lower() in PHOTO_EXTENSIONS and not path.name.startswith("."):
            clips[name[1]].append(path)
    return {name: tuple(paths) for name, paths in clips.items()}


def _holds_photos(path: Path) -> bool:
    return (
        path.is_dir()
        and not path.name.startswith(".")
        and any(inner.suffix.lower() in PHOTO_EXTENSIONS for inner in path.iterdir())
    )


def _xiph_name(path: Path) -> str:
    """`Netflix_Tango_4096x2160_60fps_10bit_420.y4m` is Tango."""
    return path.stem.removeprefix(XIPH_PREFIX).split("_")[0]


def _below(folder: Path, listed: str) -> Path:
    """The file that a list names, wherever its authors kept it."""
    parts = PurePosixPath(listed).parts
    tries = (folder.joinpath(*parts[k:]) for k in range(len(parts)))
    return next((path for path in tries if path.is_file()), folder / listed)


def _lines(file: Path) -> list[str]:
    """Lines that are not empty."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as a list ({error})") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _checked(found: dict[str, Triplet], source: Path) -> dict[str, Triplet]:
    missing = [path for path in _paths(found.values()) if not path.is_file()]
    if missing:
        raise InputError(
            f"{source}: names {len(missing)} pictures that are missing, the first {missing[0]}; "
            f"unpack the whole set"
        )
    if not found:
        raise InputError(f"{source}: names no triplets; unpack the set again")
    return found


def _paths(triplets: Iterable[Triplet]) -> Iterable[Path]:
    return (path for triplet in triplets for path in triplet)
