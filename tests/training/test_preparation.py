import pytest

from filmnet.errors import OutputError
from filmnet.training.preparation import Meter, Prepared, check_target, describe_kept, replacing


def test_progress_within_a_clip_lies_between_that_of_its_ends():
    told = []
    meter = Meter(told.append, 2)
    meter.end("first")
    for reading in range(2):
        tick = meter.tick(40, reading=reading, readings=2)
        for number in range(50):  # headers are wrong at times
            tick(number)
    meter.end("second")
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert done[0] == 1
    assert done[-1] == 2
    assert 1.25 in done
    assert [progress.line for progress in told if progress.line] == ["first", "second"]


def test_a_clip_of_unknown_length_reports_its_end_alone():
    told = []
    tick = Meter(told.append, 1).tick(0, reading=0)
    for number in range(100):
        tick(number)
    assert told == []


def test_what_was_kept_and_what_was_not_is_one_line():
    left_out = {"cuts": 2, "flashes": 1}
    line = describe_kept("a.mp4", 10, 30, "windows", left_out)
    assert line == "a.mp4: 10 of 30 windows; left out: cuts 2, flashes 1"
    assert describe_kept("a.mp4", 10, 10, "triplets", {}) == "a.mp4: 10 triplets"


def test_all_clips_are_summed_up_with_their_motion_by_octaves():
    prepared = Prepared(
        kind="windows",
        motions=(0.3, 1.0, 1.9, 2.0, 9.0),
        left_out={"a": {"cuts": 1}, "b": {"cuts": 2, "repeats": 4}, "c": {}},
    )
    assert list(prepared.lines()) == [
        "kept: 5 windows of 3 clips",
        "left out: cuts 3, repeats 4",
        "motion: 0.25-0.5 px 1, 1-2 px 2, 2-4 px 1, 8-16 px 1",
    ]


def make(folder, error):
    """Begin a set, and fail."""
    with replacing(folder) as partial:
        (partial / "half").touch()
        assert not folder.exists()
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_ends_early_leaves_nothing(tmp_path, error):
    with pytest.raises(error):
        make(tmp_path / "set", error)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match=r"set: cannot be written \(No space left"):
        make(tmp_path / "set", OSError(28, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_of_its_kind_is_replaced_and_only_when_asked(tmp_path):
    check_target(tmp_path / "new", "mark", "a set", overwrite=False)
    check_target(tmp_path, "mark", "a set", overwrite=False)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(OutputError, match=r"exists and is not a set; name another folder"):
        check_target(tmp_path, "mark", "a set", overwrite=True)
    (tmp_path / "mark").touch()
    with pytest.raises(OutputError, match=r"is a set already; pass --overwrite"):
        check_target(tmp_path, "mark", "a set", overwrite=False)
    check_target(tmp_path, "mark", "a set", overwrite=True)
