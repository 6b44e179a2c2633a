"""The command line's frame: which commands there are, and how a run ends.

    exit code  0    done
               1    a fault of ours: one sentence, the traceback with --debug
               2    something that the user can put right: one sentence
               3    a batch in which jobs have failed: a table of them
               129  SIGHUP: the terminal was closed
               130  Ctrl-C
               141  whoever read the output (`| head`) has closed it
               143  SIGTERM

Only the module of the command that was asked for is imported, so that help comes at once.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from filmnet import __version__
from filmnet.cli.quiet import quiet_libraries
from filmnet.cli.stopping import stop_signals
from filmnet.errors import FilmnetError

DONE, OUR_FAULT, USER_FAULT, CANCELLED, PIPE_CLOSED = 0, 1, 2, 130, 141
DEBUG = "--debug"
COMPLETION = "_FILMNET_COMPLETE"
USAGE_ERROR = typer.BadParameter.__mro__[2]
"""The base of all that a command line can have wrong; Typer itself has no public name for it."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, known before its module is imported."""

    name: str
    help: str

    spawns: bool = False
    """Whether it starts processes of its own, whose messages must reach the user."""

    def load(self) -> object:
        """The command's function, or its Typer app where it has commands of its own."""
        return getattr(importlib.import_module(f"filmnet.cli.{self.name}"), self.name)


COMMANDS = {
    command.name: command
    for command in (
        Command(name="photos", help="Turn two or more photos into a video."),
        Command(name="video", help="Make a video smoother or slower."),
        Command(name="batch", help="Run many photo and video jobs, on one machine or many."),
        Command(name="web", help="Open a page on which anyone makes the video."),
        Command(name="probe", help="Show what is in a video, and what making it smoother takes."),
        Command(name="data", help="Check and prepare training material."),
        Command(name="train", help="Train weights from a recipe.", spawns=True),
        Command(name="sweep", help="Train a recipe with several values and compare.", spawns=True),
        Command(name="evaluate", help="Measure weights where the middle frame is known."),
        Command(name="compare", help="Compare the results of two or more evaluations."),
        Command(name="weights", help="List, find, import and inspect weights."),
        Command(name="export", help="Write a network as a file for other programs."),
        Command(name="doctor", help="Show what filmnet finds on this machine and how fast it is."),
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the program's name; from the process if not given.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    debug = _take_debug(arguments)
    wanted = _wanted(arguments)
    spawns = wanted in COMMANDS and COMMANDS[wanted].spawns
    with quiet_libraries(enabled=not debug, native=not spawns), stop_signals() as stop:
        try:
            return _run(arguments, wanted)
        except (KeyboardInterrupt, typer.Abort):
            print("Cancelled.", file=sys.stderr)  # noqa: T201
            return stop.exit_code
        except BrokenPipeError:
            return _end_quietly()
        except Exception as error:  # noqa: BLE001 - whatever happens, the user gets one sentence
            if debug:
                traceback.print_exc()
            return _fail(*_sentence(error))


def build_app(wanted: str | None = None) -> typer.Typer:
    """The Typer app; only the command `wanted` can be run, the others only stand in the help.

    Args:
        wanted: the command's name; None builds all of them.
    """
    app = typer.Typer(name="filmnet", pretty_exceptions_enable=False)
    app.callback()(_global_options)
    for command in COMMANDS.values():
        target = command.load() if wanted in (None, command.name) else _not_loaded
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=command.name, help=command.help)
        elif callable(target):
            short = command.help if target is _not_loaded else None
            app.command(command.name, help=short, short_help=command.help)(target)
    return app


def _run(arguments: list[str], wanted: str | None) -> int:
    """Parse and call; an exit code comes from `typer.Exit`."""
    completing = COMPLETION in os.environ  # the shell asks, and the words stand elsewhere
    app = build_app(None if completing else wanted or "")
    try:
        result = app(arguments, prog_name="filmnet", standalone_mode=False)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer hides it behind its own exit
            raise BrokenPipeError from end
        raise
    if result == CANCELLED:  # what Typer makes of Ctrl-C
        raise KeyboardInterrupt
    return result if isinstance(result, int) else DONE


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"filmnet {__version__}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ] = False,
    debug: Annotated[  # taken off the command line before it is parsed
        bool, typer.Option(DEBUG, help="Show tracebacks and what the libraries say.")
    ] = False,
) -> None:
    """Two near-duplicate photos become a smooth slow-motion video."""


def _not_loaded() -> None:
    raise AssertionError("a command was called whose module is not loaded")


def _take_debug(arguments: list[str]) -> bool:
    """Remove `--debug`, which may stand before or after the command, and say if it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != DEBUG]
    found = len(kept) < end
    arguments[:end] = kept
    return found


def _wanted(arguments: Sequence[str]) -> str | None:
    """The command's name: the first argument that is no option."""
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def _sentence(error: Exception) -> tuple[str, int]:
    """What the user reads, and the exit code."""
    if isinstance(error, FilmnetError):
        return str(error), USER_FAULT
    if isinstance(error, USAGE_ERROR):
        return _usage_sentence(error), USER_FAULT
    if _is_out_of_memory(error):
        return (
            "not enough memory; use smaller pictures, --precision bfloat16, or --device cpu",
            USER_FAULT,
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk is full: {error.filename or error}", USER_FAULT
    return (
        f"internal error ({type(error).__name__}: {error}); this is a fault in filmnet: "
        f"run the same command with {DEBUG} and report what it prints",
        OUR_FAULT,
    )


def _usage_sentence(error: Exception) -> str:
    """Typer's message, and where to read more."""
    message = getattr(error, "format_message", error.__str__)().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path if context else 'filmnet'} --help`"


def _is_out_of_memory(error: Exception) -> bool:
    """Whether Python, PyTorch's allocators or a GPU ran out of memory."""
    if not isinstance(error, RuntimeError) or "torch" not in sys.modules:
        return isinstance(error, MemoryError)
    from filmnet.interpolation.device import is_memory_error

    return is_memory_error(error)


def _fail(message: str, code: int) -> int:
    print("Error:", re.sub(r"\s*\n\s*", " ", message), file=sys.stderr)  # noqa: T201
    return code


def _end_quietly() -> int:
    """Whoever read our output has closed it (`| head`): no reason to complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
