import pytest

from filmnet.cluster import crew
from filmnet.cluster.crew import Crew, own_cores, plan_crew
from filmnet.cluster.ray_session import RaySession
from filmnet.errors import DeviceError


def session(*node_cores, gpus=0, own=False):
    scratch = "scratch" if own else None
    return RaySession(node_cores=node_cores, gpus=gpus, dashboard=None, scratch=scratch)


@pytest.mark.parametrize(
    ("where", "workers", "cores", "device", "expected"),
    [
        (session(16, 10), None, None, "auto", Crew(workers=6, cores=4, gpus=0)),
        (session(16, 10), None, 8, "auto", Crew(workers=3, cores=8, gpus=0)),
        (session(2, own=True), None, None, "auto", Crew(workers=1, cores=2, gpus=0)),
        (session(2, own=True), 2, None, "auto", Crew(workers=2, cores=1, gpus=0)),
        (session(16), 2, None, "auto", Crew(workers=2, cores=4, gpus=0)),
        (session(16, 16, gpus=3), None, None, "auto", Crew(workers=3, cores=4, gpus=1)),
        (session(16, gpus=3), None, None, "cpu", Crew(workers=4, cores=4, gpus=0)),
    ],
)
def test_there_is_a_worker_per_gpu_or_per_some_cores(where, workers, cores, device, expected):
    assert plan_crew(where, workers, cores, device) == expected


def test_a_cluster_without_a_core_is_one_sentence():
    with pytest.raises(DeviceError, match="no node with a core"):
        plan_crew(session(0), None, None, "auto")


@pytest.mark.parametrize(
    ("workers", "cores", "expected"),
    [(None, None, None), (None, 16, 16), (8, None, 8), (3, 2, 6), (1, None, 4), (None, 2, None)],
)
def test_who_asks_for_more_workers_than_cores_gets_them(monkeypatch, workers, cores, expected):
    monkeypatch.setattr(crew, "machine_cores", lambda: 4)
    assert own_cores(workers, cores) == expected
