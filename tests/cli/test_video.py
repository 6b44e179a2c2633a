import re
from inspect import signature
from types import SimpleNamespace

import pytest

from filmnet.cli.video import video as command
from filmnet.interpolation import Interpolator
from filmnet.jobs import video_to_video
from video_files import read_times, texture, write_clip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a video and things that are none."""
    folder = tmp_path / "videos"
    folder.mkdir()
    monkeypatch.chdir(folder)
    write_clip(folder / "in.mp4", [texture(2 * k) for k in range(4)])
    (folder / "text.mp4").write_text("hello")
    (folder / "empty.mp4").touch()
    (folder / "old.mp4").write_text("old")
    return folder


@pytest.fixture
def video(run, tiny_weights):
    """Run `filmnet video` on small weights."""

    def video(*arguments):
        return run("video", *arguments, "--weights", tiny_weights)

    return video


def test_first_it_says_what_is_used_and_last_what_was_written(video, folder):
    code, out, err = video("in.mp4", "-o", "out.mp4", "--fps", "50")
    assert (code, out) == (0, "")
    lines = err.splitlines()
    assert lines[0].startswith("weights tiny (")
    assert "the output lasts 0.160 s, the input's 0.160 s within one frame" in lines
    assert re.fullmatch(
        r"wrote out\.mp4: 8 frames of 64x48, 3 of them made, 0\.16 s at 50 frames per second, "
        r"in \d+\.\d s",
        lines[-1],
    )
    assert len(read_times(folder / "out.mp4")) == 8


def test_quiet_prints_nothing(video, folder):
    assert video("in.mp4", "-o", "out.mp4", "--slower", "2", "--quiet") == (0, "", "")
    assert (folder / "out.mp4").exists()


NOTHING = SimpleNamespace(remarks=())


def test_every_option_reaches_the_job(run, monkeypatch):
    given = {}
    monkeypatch.setattr(
        "filmnet.jobs.video_to_video",
        lambda source, output, **options: (
            given.update(options, source=source, output=output) or NOTHING
        ),
    )
    monkeypatch.setattr("filmnet.cli.video._summary_line", lambda output, summary: "")
    options = {"fps": "24000/1001", "slower": "2.5", "at_cuts": "blend", "crf": 21}
    options |= {"codec": "hevc", "weights": "w", "device": "cuda:1", "precision": "float16"}
    options |= {"memory": "3GB", "tile": 640, "optimize": "never", "tta": 2}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    flags = ["--dedupe", "--no-audio", "--resume", "--overwrite"]
    assert run("video", "in.mp4", "-o", "out.mp4", *arguments, *flags)[0] == 0
    given.pop("progress")
    assert given == options | {"dedupe": True, "audio": False, "resume": True} | {
        "overwrite": True,
        "source": "in.mp4",
        "output": "out.mp4",
    }


def test_the_defaults_are_the_jobs():
    job = signature(video_to_video).parameters
    for name, parameter in signature(command).parameters.items():
        if name not in ("source", "output", "quiet", "no_audio"):
            assert parameter.default == job[name].default


ERRORS = {
    "neither": ([], "nothing to do: pass --fps"),
    "fps": (["--fps", "0"], "fps is 0"),
    "slower": (["--slower", "1"], "slower is 1, but has to be a number above 1"),
    "cuts": (["--fps", "50", "--at-cuts", "morph"], "has to be hold or blend"),
    "crf": (["--fps", "50", "--crf", "99"], "crf is 99"),
    "codec": (["--fps", "50", "--codec", "divx"], "codec 'divx' is not for this file"),
    "an existing output": (["--fps", "50", "-o", "old.mp4"], "pass --overwrite"),
    "itself": (["--fps", "50", "-o", "in.mp4", "--overwrite"], "would replace the input"),
    "no parent": (["--fps", "50", "-o", "no/a.mp4"], "no/a.mp4: there is no folder"),
    "device": (["--fps", "50", "--device", "abacus"], "device 'abacus' is unknown"),
    "option": (["--nonsense"], "No such option"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_work_is_one_sentence_and_leaves_nothing(video, folder, name):
    arguments, sentence = ERRORS[name]
    if "-o" not in arguments:
        arguments = [*arguments, "-o", "out.mp4"]
    before = sorted(path.name for path in folder.iterdir())
    assert_one_sentence(video("in.mp4", "--quiet", *arguments), sentence)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("name", ["gone.mp4", "text.mp4", "empty.mp4"])
def test_what_is_no_video_is_one_sentence(video, folder, name):
    assert_one_sentence(video(name, "-o", "out.mp4", "--fps", "50"), f"{name}: ")


def assert_one_sentence(result, sentence):
    code, out, err = result
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Error: ")
    assert sentence in err


def test_ctrl_c_is_one_word_and_leaves_no_output(video, folder, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Interpolator, "between", interrupt)
    result = video("in.mp4", "-o", "out.mp4", "--fps", "50", "--quiet")
    assert result == (130, "", "Cancelled.\n")
    assert not (folder / "out.mp4").exists()


def test_ctrl_c_says_what_is_kept(video, folder, monkeypatch):
    between = Interpolator.between
    calls = []

    def interrupt_third(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return between(*arguments, **options)

    monkeypatch.setattr(Interpolator, "between", interrupt_third)
    monkeypatch.setattr("filmnet.media.segments.suitable_length", lambda plan: 1)
    code, _, err = video("in.mp4", "-o", "out.mp4", "--fps", "50")
    assert code == 130
    kept = r"the first [1-5] frames are kept; the same command with --resume goes on"
    assert re.search(kept, err)
    assert err.endswith("Cancelled.\n")


def test_too_little_memory_is_one_sentence(video, folder, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Interpolator, "between", fail)
    result = video("in.mp4", "-o", "out.mp4", "--fps", "50", "--quiet")
    assert_one_sentence(result, "not enough memory")


def test_on_a_terminal_a_bar_shows_frames_speed_and_time_left(video, folder, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, _, err = video("in.mp4", "-o", "out.mp4", "--fps", "50")
    assert "8/8" in err
    assert "time left" in err
