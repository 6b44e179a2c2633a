import pickle

from filmnet.cluster.job import Job
from filmnet.cluster.tasks import StretchTask


def test_a_task_is_small_when_it_travels():
    job = Job(name="a", kind="video", inputs=("a.mp4",), output="b.mp4", options={"fps": 60})
    task = StretchTask(job=job, plan="0123456789abcdef", start=0, stop=None)
    data = pickle.dumps(task)
    assert len(data) < 500
    assert pickle.loads(data) == task
