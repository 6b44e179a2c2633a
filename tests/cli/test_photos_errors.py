"""All that a user can do wrong with `filmnet photos`, through the whole command line."""

import numpy as np
import pytest
import torch
from PIL import Image

from filmnet.interpolation import Interpolator


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with two photos and things that are none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    monkeypatch.chdir(folder)
    rng = np.random.default_rng(0)
    for name in ("one.jpg", "two.jpg"):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(name)
    Image.new("RGB", (64, 60)).save("other.jpg")
    (folder / "text.jpg").write_text("hello")
    (folder / "cut.jpg").write_bytes((folder / "one.jpg").read_bytes()[:-500])
    (folder / "empty.jpg").touch()
    (folder / "old.mp4").write_text("old")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


PAIR = ["one.jpg", "two.jpg"]
ERRORS = {
    "a missing file": ([*PAIR, "gone.jpg"], "gone.jpg: there is no such file"),
    "an empty name": ([*PAIR, ""], "an empty name is no photo"),
    "a text": ([*PAIR, "text.jpg"], "text.jpg: this is not a photo"),
    "a truncated photo": ([*PAIR, "cut.jpg"], "cut.jpg: this photo is damaged or cut short"),
    "no bytes": ([*PAIR, "empty.jpg"], "empty.jpg: this file is empty"),
    "one photo": (["one.jpg"], "one.jpg: a video needs two photos or more"),
    "differing sizes": ([*PAIR, "other.jpg"], "64x60 differs from the first photo"),
    "no parent": ([*PAIR, "-o", "no/a.mp4"], "no/a.mp4: there is no folder"),
    "no extension known": ([*PAIR, "-o", "a.avi"], "a.avi: unknown extension"),
    "an existing output": ([*PAIR, "-o", "old.mp4"], "old.mp4: this file exists; pass --overwrite"),
    "a long name": ([*PAIR, "-o", "x" * 300 + ".mp4"], "File name too long"),
    "fps 0": ([*PAIR, "--fps", "0"], "fps is 0"),
    "fps below 0": ([*PAIR, "--fps=-3"], "fps is -3"),
    "two lengths": ([*PAIR, "--seconds", "1", "--between", "1"], "give one of them"),
    "a device": ([*PAIR, "--device", "abacus"], "device 'abacus' is unknown"),
    "a precision": ([*PAIR, "--precision", "int4"], "precision 'int4' is unknown"),
    "no weights": ([*PAIR, "--weights", "nowhere.pt"], "nowhere.pt"),
    "wrong weights": ([*PAIR, "--weights", "text.jpg"], "no weights file of a known kind"),
    "a bomb": ([*PAIR, "--max-pixels", "1000"], "pass --max-pixels 4096 if you trust it"),
    "a narrow HEVC": ([*PAIR, "other.jpg", "--fit", "crop", "-o", "a.mkv"], "--codec h264"),
    "an option": ([*PAIR, "--nonsense"], "No such option"),
    "a value": ([*PAIR, "--between", "many"], "--between"),
}


def assert_one_sentence(result, sentence):
    code, out, err = result
    assert (code, out) == (2, "")
    message = err.splitlines()[-1]
    assert message.startswith("Error: ")
    assert sentence in message
    assert "Traceback" not in err
    return err.count("\n")


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_work_is_one_sentence_and_leaves_nothing(run, folder, tiny_weights, name):
    arguments, sentence = ERRORS[name]
    if "--weights" not in arguments:
        arguments = [*arguments, "--weights", tiny_weights]
    if "-o" not in arguments:
        arguments = [*arguments, "-o", "a.mp4"]
    before = contents(folder)
    result = run("photos", "--quiet", *arguments)
    assert assert_one_sentence(result, sentence) == 1
    assert contents(folder) == before


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_too_little_memory_is_one_sentence_and_leaves_nothing(
    run, folder, tiny_weights, monkeypatch, error
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(Interpolator, "sequence", fail)
    before = contents(folder)
    result = run("photos", *PAIR, "-o", "a.mp4", "--weights", tiny_weights, "--quiet")
    assert assert_one_sentence(result, "not enough memory") == 1
    assert contents(folder) == before


def test_ctrl_c_is_one_word_and_leaves_nothing(run, folder, tiny_weights, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("filmnet.media.output.Output.write", interrupt)
    before = contents(folder)
    result = run("photos", *PAIR, "-o", "a.mp4", "--weights", tiny_weights, "--quiet")
    assert result == (130, "", "Cancelled.\n")
    assert contents(folder) == before
