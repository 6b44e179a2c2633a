from filmnet.cluster.board import MOST_JOBS_SHOWN, Board, TaskProgress, Totals


class Gauges(dict):
    """Stands in for Ray's gauges: what was set, by name and tags."""

    def __call__(self, name, description, tags):
        assert description
        gauge = type("Gauge", (), {})()
        gauge.set = lambda value, given=None: self.update({(name, *(given or {}).values()): value})
        return gauge


def test_the_numbers_of_driver_and_workers_are_shown():
    gauges = Gauges()
    board = Board(gauges)
    board.report(0, "a", 5, 20)
    board.report(1, "b", 1, 9)
    totals = Totals(done=3, failed=1, running=2, waiting=7, retries=4, frames=99)
    assert board.exchange(totals) == {
        0: TaskProgress(job="a", done=5, total=20),
        1: TaskProgress(job="b", done=1, total=9),
    }
    assert gauges == {
        ("filmnet_batch_jobs", "done"): 3,
        ("filmnet_batch_jobs", "failed"): 1,
        ("filmnet_batch_jobs", "running"): 2,
        ("filmnet_batch_jobs", "waiting"): 7,
        ("filmnet_batch_frames",): 99,
        ("filmnet_batch_retries",): 4,
        ("filmnet_batch_job_frames", "a"): 5,
        ("filmnet_batch_job_frames_total", "a"): 20,
        ("filmnet_batch_job_frames", "b"): 1,
        ("filmnet_batch_job_frames_total", "b"): 9,
    }


def test_a_worker_without_a_task_is_not_shown():
    board = Board(Gauges())
    board.report(0, "a", 5, 20)
    assert board.exchange(Totals(), (0,)) == {}


def test_time_series_do_not_grow_without_bound():
    gauges = Gauges()
    board = Board(gauges)
    for number in range(MOST_JOBS_SHOWN + 5):
        board.report(0, str(number), 1, 2)
    assert sum(name == "filmnet_batch_job_frames" for name, *_ in gauges) == MOST_JOBS_SHOWN
