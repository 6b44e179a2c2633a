import pytest

from filmnet.jobs.progress import Cancel, Cancelled, Progress


def progress(done):
    return Progress(frames_done=done, frames_total=10, seconds_elapsed=4.0, using="")


def test_time_left_follows_the_pace_so_far():
    assert progress(4).seconds_left == 6.0
    assert progress(10).seconds_left == 0.0


def test_before_the_first_frame_nobody_knows():
    assert progress(0).seconds_left is None


def test_a_wish_to_stop_is_raised_at_the_next_check():
    cancel = Cancel()
    cancel.check()
    assert not cancel.is_wished
    cancel.cancel()
    assert cancel.is_wished
    with pytest.raises(Cancelled):
        cancel.check()


def test_frames_of_an_earlier_run_do_not_count_for_the_pace():
    resumed = Progress(frames_done=6, frames_total=10, seconds_elapsed=4.0, using="", frames_kept=4)
    assert resumed.frames_per_second == 0.5
    assert resumed.seconds_left == 8.0
    begun = Progress(frames_done=4, frames_total=10, seconds_elapsed=4.0, using="", frames_kept=4)
    assert begun.seconds_left is None
