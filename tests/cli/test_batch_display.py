from filmnet.cli.batch_display import MOST_BARS, MOST_FAILURES, BatchDisplay
from filmnet.cluster.board import TaskProgress, Totals
from filmnet.cluster.journal import Record


def record(number, outcome="failed"):
    return Record(
        job=f"job{number}",
        outcome=outcome,
        output=f"out/job{number}.mp4",
        frames=0 if outcome == "failed" else 12,
        seconds=1.25,
        tries=3,
        parts=1,
        error="a.mp4: broken" if outcome == "failed" else None,
        fingerprint="",
        ended="",
    )


def test_each_job_that_ends_has_a_line_and_the_failed_ones_a_table(capsys):
    with BatchDisplay(quiet=False) as display:
        display.ended(record(1, "done"))
        display.ended(record(2))
    display.conclude("1 jobs done")
    lines = [line.split() for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        ["job1:", "12", "frames,", "1.2", "s", "of", "work"],
        ["job2:", "failed:", "a.mp4:", "broken"],
        ["failed", "job", "tries", "error"],
        ["job2", "3", "a.mp4:", "broken"],
        ["1", "jobs", "done"],
    ]


def test_quiet_prints_the_failures_alone_and_not_all_of_very_many(capsys):
    with BatchDisplay(quiet=True) as display:
        for number in range(MOST_FAILURES + 7):
            display.ended(record(number))
    display.conclude("0 jobs done")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 + MOST_FAILURES + 1
    assert lines[-1] == "… and 7 more"


def test_the_bars_follow_the_batch_and_its_workers(monkeypatch):
    display = BatchDisplay(quiet=False)
    tasks = {number: TaskProgress(job=f"j{number}", done=3, total=9) for number in range(20)}
    display.show(Totals(done=2, failed=1, running=4, waiting=3), tasks)
    (batch, *bars) = display._progress.tasks
    assert (batch.completed, batch.total) == (3, 10)
    assert len(bars) == MOST_BARS
    assert (bars[0].description, bars[0].completed, bars[0].total) == ("j0", 3, 9)
    display.show(Totals(done=10), {5: TaskProgress(job="last", done=1, total=2)})
    assert [task.description for task in display._progress.tasks] == ["batch", "last"]
