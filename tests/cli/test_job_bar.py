import io

from rich.console import Console

from filmnet.cli.job_bar import JobBar, describe_pace
from filmnet.jobs.progress import Progress


def progress(done, *, seconds=4.0, remarks=()):
    return Progress(
        frames_done=done,
        frames_total=100,
        seconds_elapsed=seconds,
        using="network",
        remarks=remarks,
    )


def test_pace_and_time_left_are_said_after_the_first_frame():
    assert describe_pace(progress(0)) == ""
    assert describe_pace(progress(20)) == "5.0 frames/s, time left 0:00:16"
    assert describe_pace(progress(2)) == "2.0 s/frame, time left 0:03:16"


def test_what_is_used_and_each_remark_are_printed_once():
    text = io.StringIO()
    with JobBar(Console(file=text, markup=False)) as bar:
        bar.show(progress(0, remarks=("no subtitles",)))
        bar.show(progress(1))
        bar.say(("no subtitles", "duration 2 s"))
    assert text.getvalue().splitlines() == ["network", "no subtitles", "duration 2 s"]
