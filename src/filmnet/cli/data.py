"""`filmnet data`: training material."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Quiet
from filmnet.errors import RecipeError

if TYPE_CHECKING:
    from filmnet.training.preparation import Progress

data = typer.Typer(pretty_exceptions_enable=False)


class Result(str, Enum):
    """What clips are prepared as."""

    pack = "pack"
    triplets = "triplets"


DataSet = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="Vimeo-90K, X4K1000FPS, shards, folders of frames, clips or a pack.",
    ),
]


@data.callback()
def _data() -> None:
    """Check and prepare training material."""


@data.command("check")
def check(
    folder: DataSet,
    crop: Annotated[
        int | None, typer.Option(min=1, help="The crop that training will take, in pixels.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe, whose largest crop of real triplets counts.")
    ] = None,
    leave_out: Annotated[
        bool,
        typer.Option(
            "--leave-out", help="Write what cannot be used to DIR/left-out.txt: training obeys it."
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that read pictures; 0 reads in this one.")
    ] = 1,
    quiet: Quiet = False,
) -> None:
    """Read every picture of a data set and say what training will use of it."""
    from filmnet.training.check import check_data
    from filmnet.training.check import leave_out as write_left_out

    if crop is not None and recipe is not None:
        raise RecipeError("--crop and --recipe both give the crop; pass one of them")
    with PreparationBar("checking", quiet=quiet) as bar:
        crop = _crop_of(recipe) if recipe else crop
        found = check_data(folder, crop, bar.report, workers=workers)
    for line in found.lines():
        typer.echo(line)
    if not found.usable:
        raise RecipeError(f"{folder}: nothing in it can be used for training")
    if leave_out and (found.faults or found.missing):
        typer.echo(f"written: {write_left_out(found)}")
    elif found.faults or found.missing:
        typer.echo("training would stop at what is missing or not usable; pass --leave-out")


@data.command("prepare")
def prepare(
    clips: Annotated[
        list[Path],
        typer.Argument(
            metavar="CLIPS...",
            help="Folders with clips/ or photos/, folders of clips, or clips: videos, or folders "
            "of frames.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to make.")],
    result: Annotated[
        Result,
        typer.Option(
            "--as",
            help="A pack, or whole triplets in the layout of Vimeo-90K, which any tool reads.",
        ),
    ] = Result.pack,
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe, whose table `pack` says how to cut.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier run made.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Cut clips without scene cuts, repeats, flashes and still stretches, balanced by motion."""
    from filmnet.training.pack import prepare_pack
    from filmnet.training.recipe_file import read_recipe
    from filmnet.training.triplet_set import prepare_triplets
    from filmnet.training.windows import PackConfig

    config = read_recipe(recipe).pack if recipe else PackConfig()
    make = prepare_pack if result is Result.pack else prepare_triplets
    with PreparationBar("preparing", quiet=quiet) as bar:
        prepared = make(clips, output, config, bar.report, overwrite=overwrite)
        for line in prepared.lines():
            bar.say(line)
    typer.echo(output)


@data.command("shard")
def shard(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Vimeo-90K, X4K1000FPS, folders of frames, or other shards."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to make.")],
    megabytes: Annotated[int, typer.Option(min=1, help="Size of a shard, about.")] = 1000,
    part: Annotated[
        str,
        typer.Option(metavar="K/N", help="Write the K-th of N parts, which may lie on many disks."),
    ] = "1/1",
    quiet: Quiet = False,
) -> None:
    """Write a data set as WebDataset shards: tar files, and an index that training reads."""
    from filmnet.training.shard_writer import write_shards

    with PreparationBar("writing shards", quiet=quiet) as bar:
        write_shards(
            folder,
            output,
            bar.report,
            shard_bytes=megabytes * 1_000_000,
            part=_parse_part(part),
        )
    typer.echo(output)


@data.command("index")
def index(
    shards: Annotated[
        list[str],
        typer.Argument(metavar="SHARDS...", help="Tar files, folders of them, or their URLs."),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The index to write; training takes it as data.")
    ],
    quiet: Quiet = False,
) -> None:
    """Write one index of WebDataset shards, whoever made them and wherever they lie."""
    from filmnet.training.shard_writer import index_shards

    with PreparationBar("reading shards", quiet=quiet) as bar:
        samples = index_shards(shards, output, bar.report)
        bar.say(f"{samples} samples")
    typer.echo(output)


class PreparationBar:
    """A bar with the time left, on stderr, and above it a line for each thing that is done.

    It appears with the first thing that is reported.
    """

    def __init__(self, task: str, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), disable=quiet)
        self._task = self._bar.add_task(task, total=None)

    def __enter__(self) -> PreparationBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def report(self, progress: Progress) -> None:
        """Show a step."""
        self._bar.start()
        self._bar.update(self._task, completed=progress.done, total=progress.total)
        if progress.line is not None:
            self.say(progress.line)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        if not self._bar.disable:
            self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)


def _crop_of(recipe: Path) -> int | None:
    """The largest crop that a recipe takes of real triplets; None if it takes none."""
    from filmnet.training.recipe_file import read_recipe

    stages = read_recipe(recipe).stages
    return max((stage.crop_px for stage in stages if stage.real_share > 0), default=None)


def _parse_part(text: str) -> tuple[int, int]:
    """K and N of `K/N`."""
    k, slash, n = text.partition("/")
    if not (slash and k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise RecipeError(f"--part {text}: give K/N with K from 1 to N, such as 1/2")
    return int(k), int(n)
