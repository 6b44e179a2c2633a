import logging
import subprocess
import sys
import warnings

import pytest

from filmnet.cli.quiet import only_errors, quiet_libraries

PROGRAM = """
import logging, os, sys, warnings
from filmnet.cli.quiet import quiet_libraries
with quiet_libraries({options}):
    os.write(2, b"library ")
    warnings.warn("warning ")
    logging.getLogger("some.library").warning("logged ")
    logging.getLogger("filmnet.some.module").info("made again")
    logging.getLogger("filmnet.some.module").debug("detail ")
    print("ours", file=sys.stderr)
os.write(2, b"after")
"""


def _stderr(options):
    program = PROGRAM.format(options=options)
    done = subprocess.run(  # a fixed program, no shell
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stderr


def test_only_our_words_reach_the_terminal():
    assert _stderr("") == "Note: made again\nours\nafter"


def test_a_command_with_processes_of_its_own_keeps_the_error_stream():
    assert _stderr("native=False") == "library Note: made again\nours\nafter"


def test_debugging_shows_everything():
    shown = _stderr("enabled=False")
    assert all(word in shown for word in ("library ", "warning ", "logged ", "ours"))


def test_everything_is_as_before_afterwards():
    handlers, filters, stream = list(logging.getLogger().handlers), warnings.filters, sys.stderr
    with quiet_libraries():
        warnings.warn("unheard", stacklevel=1)
    assert logging.getLogger().handlers == handlers
    assert warnings.filters is filters
    assert sys.stderr is stream
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_only_errors_keeps_our_own_notes_back_until_the_run_ends(capsys):
    logger = logging.getLogger("filmnet.some.module")
    with quiet_libraries():
        only_errors()
        logger.warning("unheard")
        logger.error("lost")
    with quiet_libraries():
        logger.warning("heard")
    assert capsys.readouterr().err == "Note: lost\nNote: heard\n"
