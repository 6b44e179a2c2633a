import errno
import subprocess
import sys
import types

import pytest
import torch
import typer

import filmnet
from filmnet import errors
from filmnet.cli import app


@pytest.fixture
def broken(monkeypatch):
    """A function that makes `filmnet doctor` raise an error."""

    def arrange(error):
        def doctor() -> None:
            raise error

        module = types.ModuleType("filmnet.cli.doctor")
        module.doctor = doctor
        monkeypatch.setitem(sys.modules, "filmnet.cli.doctor", module)

    return arrange


def _python(code):
    """Run a program in a process of its own."""
    return subprocess.run(  # a fixed program, no shell
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_version_is_printed(run):
    assert run("--version") == (0, f"filmnet {filmnet.__version__}\n", "")


def test_help_names_every_command_and_the_global_options(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(word in out for word in (*app.COMMANDS, "--version", "--debug"))


def test_no_arguments_show_the_help(run):
    assert run() == run("--help")


@pytest.mark.parametrize("name", list(app.COMMANDS))
def test_every_command_has_help(run, name):
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert f"filmnet {name}" in out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["weights", "list"]])
def test_what_needs_no_network_does_not_load_pytorch(arguments):
    program = (
        f"import sys; from filmnet.cli import main; code = main({arguments!r}); "
        "sys.exit(code or 'torch' in sys.modules)"
    )
    assert _python(program).returncode == 0


@pytest.mark.parametrize("name", ["InputError", "OutputError", "WeightsError", "DeviceError"])
def test_what_a_user_can_put_right_is_one_sentence_and_exit_code_2(run, broken, name):
    broken(getattr(errors, name)("one.jpg: is a text file;\n  choose a photo"))
    assert run("doctor") == (2, "", "Error: one.jpg: is a text file; choose a photo\n")


@pytest.mark.parametrize(
    ("arguments", "words", "command"),
    [
        (["doctor", "--nonsense"], ("No such option", "--nonsense"), "filmnet doctor"),
        (["nonsense"], ("No such command", "nonsense"), "filmnet"),
        (["weights"], ("Missing command",), "filmnet weights"),
        (["weights", "info"], ("Missing argument", "FILE"), "filmnet weights info"),
    ],
)
def test_a_usage_error_is_one_sentence_and_exit_code_2(run, arguments, words, command):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.endswith(f"; see `{command} --help`\n")
    assert err.count("\n") == 1
    assert all(word in err for word in words)  # Typer's versions word it differently


def test_ctrl_c_ends_with_130(run, broken):
    broken(KeyboardInterrupt())
    assert run("doctor") == (130, "", "Cancelled.\n")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_too_little_memory_is_one_sentence_and_exit_code_2(run, broken, error):
    broken(error)
    code, out, err = run("doctor")
    assert (code, out) == (2, "")
    assert err.startswith("Error: not enough memory; use smaller pictures")
    assert err.count("\n") == 1


def test_a_full_disk_is_one_sentence_and_exit_code_2(run, broken):
    broken(OSError(errno.ENOSPC, "No space left on device", "clip.mp4"))
    assert run("doctor") == (2, "", "Error: the disk is full: clip.mp4\n")


def test_a_fault_of_ours_is_one_sentence_and_exit_code_1(run, broken):
    broken(ZeroDivisionError("division\nby zero"))
    code, out, err = run("doctor")
    assert (code, out) == (1, "")
    assert err.startswith("Error: internal error (ZeroDivisionError: division by zero); ")
    assert "--debug" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--debug", "doctor"], ["doctor", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(run, broken, arguments):
    broken(ZeroDivisionError("division by zero"))
    code, _, err = run(*arguments)
    assert code == 1
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("Error: internal error")


def test_debug_after_two_dashes_is_a_file():
    arguments = ["photos", "--debug", "--", "--debug"]
    assert app._take_debug(arguments)
    assert arguments == ["photos", "--", "--debug"]


def test_a_command_may_choose_its_exit_code(run, broken):
    broken(typer.Exit(3))
    assert run("doctor")[0] == 3


def test_the_shell_can_complete_what_belongs_to_a_command():
    program = (
        "import os; from filmnet.cli import main; "
        "os.environ |= {'_FILMNET_COMPLETE': 'complete_bash', "
        "'COMP_WORDS': 'filmnet weights i', 'COMP_CWORD': '2'}; main([])"
    )
    assert _python(program).stdout.split() == ["import", "import-vgg", "info"]


def test_a_reader_that_goes_away_is_no_error():
    program = (
        "import os, sys; from filmnet.cli import main; "
        "read, write = os.pipe(); os.close(read); os.dup2(write, 1); "
        "sys.exit(main(['weights', 'list']))"
    )
    done = _python(program)
    assert (done.returncode, done.stderr) == (141, "")


def test_python_m_filmnet_is_the_same():
    done = subprocess.run(  # a fixed program, no shell
        [sys.executable, "-m", "filmnet", "--version"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"filmnet {filmnet.__version__}\n")
