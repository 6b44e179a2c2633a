"""The pool with a stand-in for Ray; with Ray itself it is tested by whole batches."""

from types import SimpleNamespace

import pytest

from filmnet.cluster import pool
from filmnet.cluster.board import TaskProgress, Totals
from filmnet.cluster.job import Job
from filmnet.cluster.pool import Ended, Lost, NotStarted, Pool, Ready
from filmnet.cluster.schedule import Attempt
from filmnet.cluster.tasks import Made, WholeTask
from filmnet.cluster.worker import WorkerSettings
from filmnet.errors import WeightsError
from filmnet.jobs.network import NetworkOptions

ATTEMPT = Attempt(task=WholeTask(job=Job(name="a", kind="video", inputs=("a",), output="b")))


class RayError(Exception):
    pass


class ActorDiedError(RayError):
    pass


class TooLateError(RayError):
    pass


class Reference:
    """An answer that is there at once: a value, or what is raised instead."""

    def __init__(self, value):
        self.value = value


class Actor:
    def __init__(self, answers):
        self.answers = answers
        self.is_killed = False

    def __getattr__(self, name):
        answers = self.answers[name]
        take = answers.pop if isinstance(answers, list) else lambda _: answers
        return SimpleNamespace(remote=lambda *_: Reference(take(0)))


class FakeRay:
    """Makes actors that answer as they are told."""

    exceptions = SimpleNamespace(RayError=RayError)

    def __init__(self):
        self.answers = {"load": "using", "run": [], "close": None, "exchange": {}}
        self.actors, self.options = [], []

    def remote(self, *classes, **options):
        if options:
            return self.remote
        self.options.append(None)

        def make(*_):
            self.actors.append(Actor(self.answers))
            return self.actors[-1]

        def with_options(**given):
            self.options[-1] = given
            return SimpleNamespace(remote=make)

        return SimpleNamespace(remote=make, options=with_options)

    def wait(self, references, *, num_returns, timeout):
        return references[:num_returns], references[num_returns:]

    def get(self, reference, timeout):
        assert timeout < 60
        if isinstance(reference.value, Exception):
            raise reference.value
        return reference.value

    def kill(self, actor):
        actor.is_killed = True


@pytest.fixture
def ray(monkeypatch):
    fake = FakeRay()
    monkeypatch.setattr(pool, "import_ray", lambda: fake)
    return fake


@pytest.fixture
def workers(ray):
    settings = WorkerSettings(output="out", network=NetworkOptions(), cores=3)
    return Pool(settings, size=2, gpus=1)


def test_workers_are_actors_with_their_cores_and_gpu_and_one_task_at_a_time(ray, workers):
    workers.start()
    assert [options for options in ray.options if options] == [{"num_cpus": 3, "num_gpus": 1}] * 2
    assert workers.idle == []
    assert workers.wait(1) == [Ready(worker=0, using="using"), Ready(worker=1, using="using")]
    assert (workers.idle, workers.working) == ([0, 1], 0)
    ray.answers["run"] = [Made(frames=3)]
    workers.submit(1, ATTEMPT)
    assert (workers.idle, workers.working) == ([0], 1)
    assert workers.wait(1) == [Ended(worker=1, attempt=ATTEMPT, result=Made(frames=3))]
    assert workers.idle == [0, 1]
    assert workers.wait(1) == []


def test_a_worker_that_dies_is_lost_with_its_task_and_may_be_replaced(ray, workers):
    workers.start()
    workers.wait(1)
    ray.answers["run"] = [ActorDiedError("The actor died.\n  Killed by the system.")]
    workers.submit(0, ATTEMPT)
    (lost,) = workers.wait(1)
    reason = "the worker died: The actor died. Killed by the system."
    assert lost == Lost(worker=0, attempt=ATTEMPT, reason=reason)
    assert workers.idle == [1]
    workers.add()
    assert workers.wait(1) == [Ready(worker=2, using="using")]


def test_what_the_user_can_put_right_is_told_from_a_worker_that_does_not_start(ray, workers):
    wrapped = RuntimeError("in another process")
    wrapped.cause = WeightsError("no such weights")
    ray.answers["load"] = [wrapped, ActorDiedError("gone")]
    workers.start()
    first, second = workers.wait(1)
    assert isinstance(first, NotStarted)
    assert first.error is wrapped.cause
    assert second == NotStarted(worker=1, reason="the worker died: gone", error=None)


def test_without_an_answer_of_the_board_there_are_no_numbers(ray, workers):
    workers.start()
    known = {0: TaskProgress(job="a", done=1, total=2)}
    ray.answers["exchange"] = [known, TooLateError(), ActorDiedError(), known]
    shown = [workers.exchange(Totals()) for _ in range(4)]
    assert shown == [known, {}, {}, known]


def test_stopping_leaves_nothing_alive(ray, workers):
    workers.start()
    workers.wait(1)
    ray.answers["run"] = [Made(frames=3)]
    workers.submit(0, ATTEMPT)
    workers.stop()
    assert all(actor.is_killed for actor in ray.actors)
    assert workers.wait(1) == []


def test_the_share_of_memory_is_that_of_the_cores(ray):
    ray.get_runtime_context = lambda: SimpleNamespace(get_node_id=lambda: "here")
    ray.nodes = lambda: [
        {"NodeID": "there", "Resources": {"CPU": 64.0}},
        {"NodeID": "here", "Resources": {"CPU": 8.0}},
    ]
    assert pool._share_of_node(2) == 0.25
    assert pool._share_of_node(16) == 1
    ray.nodes = list
    assert pool._share_of_node(2) == 1
