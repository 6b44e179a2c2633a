from itertools import count

import pytest

from filmnet.cluster.job import Job
from filmnet.cluster.schedule import STRETCHES_PER_WORKER, Schedule
from filmnet.cluster.tasks import Divided, Failed, JoinTask, Made, StretchTask, WholeTask


def job(name):
    return Job(name=str(name), kind="video", inputs=(f"{name}.mp4",), output=f"out/{name}.mp4")


def schedule(*names, workers=2, retries=1):
    return Schedule(iter(map(job, names)), workers=workers, retries=retries)


def test_jobs_come_in_order_and_end_with_a_record():
    plan = schedule("a", "b")
    first, second = plan.next(0), plan.next(1)
    assert [attempt.task for attempt in (first, second)] == [
        WholeTask(job=job("a")),
        WholeTask(job=job("b")),
    ]
    assert plan.next(0) is None
    record = plan.end(second, Made(frames=12, seconds=3), 1)
    assert (record.job, record.outcome, record.frames, record.seconds) == ("b", "done", 12, 3)
    assert (plan.jobs_running, plan.is_done) == (1, False)
    assert plan.end(first, Made(frames=1), 0).job == "a"
    assert plan.is_done


def test_jobs_are_taken_only_when_a_worker_is_free():
    taken = []
    jobs = (taken.append(number) or job(number) for number in count())
    plan = Schedule(jobs, workers=2, retries=0)
    for _ in range(3):
        plan.end(plan.next(0), Made(frames=1), 0)
    assert len(taken) == 3
    assert plan.jobs_running == 0


def test_what_fails_is_tried_again_by_another_worker_and_then_set_aside():
    plan = schedule("a", "b", retries=1)
    assert plan.end(plan.next(0), Failed(error="no"), 0) is None
    assert plan.next(0).task == WholeTask(job=job("b"))
    assert plan.next(0) is None
    again = plan.next(1)
    assert (again.task, again.number) == (WholeTask(job=job("a")), 2)
    record = plan.end(again, Failed(error="still no"), 1)
    assert (record.outcome, record.error, record.tries) == ("failed", "still no", 2)


def test_the_only_worker_tries_again_itself():
    plan = schedule("a", workers=1)
    plan.end(plan.next(0), Failed(error="no"), 0)
    assert plan.next(0) is None
    assert plan.next(0, is_choosy=False).number == 2


def divided(plan, frames=1000, length=10):
    plan.end(plan.next(0), Divided(plan="p", frames=frames, frames_per_piece=length), 0)
    stretches = []
    while (attempt := plan.next(0)) and isinstance(attempt.task, StretchTask):
        stretches.append(attempt)
    return stretches


@pytest.mark.parametrize("frames", [30, 31, 400, 999, 1000])
def test_a_long_video_is_divided_into_whole_pieces_without_a_gap(frames):
    tasks = [attempt.task for attempt in divided(schedule("a"), frames)]
    assert len(tasks) == min(-(-frames // 10), 2 * STRETCHES_PER_WORKER)
    assert tasks[0].start == 0
    assert tasks[-1].stop is None
    assert [task.stop for task in tasks[:-1]] == [task.start for task in tasks[1:]]
    assert all(task.start % 10 == 0 for task in tasks)
    assert all(task.start < task.stop for task in tasks[:-1])


def test_the_pieces_are_joined_when_the_last_stretch_is_done():
    plan = schedule("a", workers=1)
    stretches = divided(plan)
    for attempt in stretches:
        assert plan.next(0) is None
        assert plan.end(attempt, Made(frames=250, seconds=2), 0) is None
    join = plan.next(0)
    assert join.task == JoinTask(job=job("a"), plan="p")
    record = plan.end(join, Made(frames=1000, seconds=1), 0)
    assert (record.frames, record.parts, record.seconds) == (1000, 4, 9)
    assert plan.is_done


def test_one_stretch_that_fails_for_good_ends_its_job_once():
    plan = schedule("a", "b", workers=1, retries=0)
    plan.end(plan.next(0), Divided(plan="p", frames=40, frames_per_piece=10), 0)
    first, second = plan.next(0), plan.next(0)
    assert plan.end(first, Failed(error="no"), 0).outcome == "failed"
    assert plan.next(0).task == WholeTask(job=job("b"))
    assert plan.end(second, Failed(error="no"), 0) is None
    assert plan.jobs_running == 1
