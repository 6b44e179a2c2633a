import re
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from filmnet.cli.photos import photos as command
from filmnet.errors import FilmnetError
from filmnet.interpolation import Confidence
from filmnet.jobs import photos_to_video

USING = "weights blend (0 parameters), cpu, float32, 1 thread"

FIGURES = {"value": 0.9, "error": 0.0, "brightness": 0.0, "flow_error_px": 0.0}
FIGURES |= {"flow_error": 0.0, "hidden": 0.5, "motion_px": 99.0, "reason": "content"}


class Blender:
    def describe(self):
        return USING

    def sequence(self, frames, count, *, loop=False, on_pair=None):
        on_pair(0, Confidence(**FIGURES))
        counts, previous = iter(count), None
        for frame in frames:
            if previous is not None:
                yield from [previous] * next(counts)
            yield frame
            previous = frame
        if loop:
            yield from [previous] * next(counts)


@pytest.fixture
def pair(tmp_path):
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for k, path in enumerate(paths):
        Image.fromarray(np.full((24, 32, 3), 50 * k, np.uint8)).save(path)
    return [str(path) for path in paths]


@pytest.fixture
def loaded(monkeypatch):
    """What the network was loaded with."""
    asked = []

    def load(*args, **options):
        asked.append((*args, *options.values()))
        return Blender()

    monkeypatch.setattr("filmnet.interpolation.load", load)
    return asked


@pytest.fixture
def run(loaded):
    app = typer.Typer()
    app.command()(command)

    def invoke(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


def test_first_it_says_what_is_used_and_last_what_was_written(run, pair, tmp_path):
    result = run(*pair, "-o", tmp_path / "a.mp4", "--seconds", "0.2")
    assert result.exit_code == 0
    first, last = result.stderr.splitlines()
    assert first == USING
    assert re.fullmatch(
        re.escape(f"wrote {tmp_path / 'a.mp4'}: 6 frames of 32x24 from 2 photos, ")
        + r"0\.20 s at 30 frames per second, in \d+\.\d s",
        last,
    )
    assert result.stdout == ""


def test_photos_that_differ_too_much_are_named(run, pair, tmp_path, monkeypatch):
    monkeypatch.setitem(FIGURES, "value", 0.2)
    result = run(*pair, "-o", tmp_path / "a.mp4", "--between", 1)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[1] == (
        "one.png and two.png differ too much in content (50% does not match); "
        "the result may show ghosts"
    )


def test_quiet_prints_nothing(run, pair, tmp_path):
    result = run(*pair, "-o", tmp_path / "a.mp4", "--between", 1, "--quiet")
    assert result.output == ""
    assert (tmp_path / "a.mp4").exists()


def test_a_name_with_brackets_is_printed_as_it_is(run, pair, tmp_path):
    result = run(*pair, "-o", tmp_path / "[bold]a.mp4", "--between", 1)
    assert "[bold]a.mp4" in result.stderr


def test_every_option_reaches_the_job(run, pair, tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(
        "filmnet.jobs.photos_to_video",
        lambda photos, output, **options: (
            given.update(options, photos=photos, output=output) or SimpleNamespace(pairs=())
        ),
    )
    monkeypatch.setattr("filmnet.cli.photos._summary_line", lambda output, summary: "")
    options = {"between": 3, "fps": "24000/1001", "hold": 0.5, "fit": "pad", "crf": 21}
    options |= {"seconds": 1.5, "codec": "hevc", "max_pixels": 77, "weights": "w"}
    options |= {"device": "cuda:1", "precision": "float16", "memory": "3GB", "tile": 640}
    options |= {"optimize": "never", "tta": 2}
    flags = ("loop", "boomerang", "overwrite")
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    result = run(*pair, "--output", "a.mp4", *arguments, *(f"--{flag}" for flag in flags))
    assert result.exit_code == 0, result.output
    given.pop("progress")
    assert given == options | dict.fromkeys(flags, True) | {"photos": pair, "output": "a.mp4"}


def test_the_defaults_are_the_jobs(run, pair, tmp_path, loaded):
    assert run(*pair, "-o", tmp_path / "a.mp4").exit_code == 0
    assert loaded == [(None, "auto", "auto", None, None, "auto", 1, 58)]
    job = signature(photos_to_video).parameters
    for name, parameter in signature(command).parameters.items():
        if name not in ("photos", "output", "quiet"):
            assert str(parameter.default) == str(job[name].default)


def test_a_folder_of_frames_is_written(run, pair, tmp_path):
    result = run(*pair, "-o", f"{tmp_path}/frames/", "--between", "2", "--loop")
    assert result.exit_code == 0
    assert len(list((tmp_path / "frames").iterdir())) == 6


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fps", "0"], "fps is 0"),
        (["--fps=-1"], "fps is -1"),
        (["--fps", "nan"], "fps is nan"),
        (["--seconds", "0"], "seconds is 0"),
        (["--seconds=-2"], "seconds is -2"),
        (["--seconds", "nan"], "seconds is nan"),
        (["--seconds", "1e300"], "seconds is 1e"),
        (["--hold=-1"], "hold is -1"),
        (["--between", "0"], "between is 0"),
        (["--crf", "99"], "crf is 99"),
        (["--codec", "divx"], "codec 'divx'"),
        (["--seconds", "1", "--between", "1"], "give one of them"),
        (["--loop", "--boomerang"], "choose one"),
        (["--max-pixels", "0"], "max_pixels is 0"),
    ],
)
def test_options_that_cannot_be_used_raise_one_sentence(run, pair, tmp_path, arguments, sentence):
    result = run(*pair, "-o", tmp_path / "a.mp4", *arguments)
    assert isinstance(result.exception, FilmnetError)
    assert sentence in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (tmp_path / "a.mp4").exists()
    assert result.output == ""


@pytest.mark.parametrize("arguments", [[], ["-o", "a.mp4"], ["one.png", "two.png"]])
def test_what_is_missing_is_a_usage_error(run, arguments):
    assert run(*arguments).exit_code == 2


def test_an_interrupt_comes_through(run, pair, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("filmnet.media.output.Output.write", interrupt)
    assert run(*pair, "-o", tmp_path / "a.mp4").exit_code == 130
    assert not list(tmp_path.glob(".filmnet*"))


def test_on_a_terminal_a_bar_shows_frames_and_time_left(run, pair, tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    result = run(*pair, "-o", tmp_path / "a.mp4", "--between", "3")
    assert "5/5" in result.stderr
    assert "time left" in result.stderr
