import pytest

from video_files import texture, write_clip


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(10)], sound=0.4)


def lines(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return dict(line.split(maxsplit=1) for line in out.splitlines())


def test_it_shows_what_is_in_a_video(run, clip):
    found = lines(run("probe", clip))
    assert found["file"] == str(clip)
    assert found["video"].startswith("h264")
    assert found["size"] == "64x48"
    assert found["frame"] == "rate    25 (25)"
    assert found["frames"] == "10"
    assert found["duration"] == "0.400 s"
    assert found["colour"].startswith("8 bits, 4:2:0")
    assert found["audio"] == "aac, 48000 Hz, 1 channels"
    assert "would" not in found


def test_it_shows_what_would_be_done_and_how_long_that_takes(run, clip, tiny_weights):
    found = lines(run("probe", clip, "--fps", "50", "--weights", tiny_weights))
    assert found["would"] == ("write   20 frames, 9 of them made, 0.400 s at 50 frames per second")
    assert found["expected"].endswith("on this machine, if nothing stands still")


def test_timing_is_left_out_on_request_and_where_nothing_is_made(run, clip, monkeypatch):
    monkeypatch.setattr("filmnet.interpolation.load", lambda *_, **__: pytest.fail("loaded"))
    assert "expected" not in lines(run("probe", clip, "--slower", "4", "--skip-timing"))
    assert "expected" not in lines(run("probe", clip, "--fps", "5"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--fps", "0"], "fps is 0"), (["--slower", "0.5"], "slower is 0.5, but has to be")],
)
def test_options_that_cannot_be_used_are_one_sentence(run, clip, arguments, sentence):
    code, out, err = run("probe", clip, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


def test_what_is_no_video_is_one_sentence(run, tmp_path):
    code, out, err = run("probe", tmp_path / "gone.mp4")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "gone.mp4: " in err
