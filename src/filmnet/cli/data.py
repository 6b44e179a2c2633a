"""`filmnet data`: training material."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.options import Quiet

if TYPE_CHECKING:
    from filmnet.training.pack import PackProgress

data = typer.Typer(pretty_exceptions_enable=False)


@data.callback()
def _data() -> None:
    """Prepare training material."""


@data.command("prepare")
def prepare(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Holds clips/ (videos, folders of frames), photos/, or both."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The pack, a folder to make.")],
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe, whose table `pack` says how to cut.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing pack.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Cut clips and photos into a pack for `filmnet train`."""
    from filmnet.training.pack import prepare_pack
    from filmnet.training.recipe import read_recipe
    from filmnet.training.windows import PackConfig

    config = read_recipe(recipe).pack if recipe else PackConfig()
    with PackBar(quiet=quiet) as bar:
        prepare_pack(folder, output, config, bar.report, overwrite=overwrite)
    typer.echo(output)


class PackBar:
    """A bar over clips and photos, on stderr; clips with their windows in lines above it.

    It appears with the first thing that is done.
    """

    def __init__(self, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), disable=quiet)
        self._task = self._bar.add_task("preparing", total=None)

    def __enter__(self) -> PackBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def report(self, progress: PackProgress) -> None:
        """Show a step of the preparation."""
        self._bar.start()
        self._bar.update(self._task, completed=progress.done, total=progress.total)
        if not self._bar.disable:
            self._bar.console.print(progress.line, highlight=False, markup=False, soft_wrap=True)
