import pytest

from filmnet.cluster import storage
from filmnet.cluster.inputs import Inputs
from filmnet.cluster.job import Job
from filmnet.errors import InputError


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "inputs").mkdir()
    return Inputs(tmp_path / "inputs")


def job(*paths, kind="photos"):
    return Job(name="j", kind=kind, inputs=paths, output="out.mp4")


def test_photos_of_one_name_from_two_places_are_both_there(inputs, s3):
    for folder in ("a", "b"):
        storage.write_text(f"{s3}/{folder}/one.png", folder)
    found = inputs.photos(job(f"{s3}/a/", f"{s3}/b/one.png", "/local/*.png"))
    assert [path.read_text() for path in found[:2]] == ["a", "b"]
    assert found[2] == "/local/*.png"
    assert inputs.public(f"{found[1]}: broken") == f"{s3}/b/one.png: broken"


def test_a_video_is_fetched_once_until_another_is_needed(inputs, s3, tmp_path):
    for name in ("a", "b"):
        storage.write_text(f"{s3}/{name}.mp4", name)
    first = inputs.video(job(f"{s3}/a.mp4", kind="video"))
    storage.write_text(f"{s3}/a.mp4", "changed")
    assert inputs.video(job(f"{s3}/a.mp4", kind="video")).read_text() == "a"
    assert inputs.video(job(f"{s3}/b.mp4", kind="video")).read_text() == "b"
    assert not first.exists() or first.read_text() == "b"


def test_a_video_job_has_one_input(inputs):
    with pytest.raises(InputError, match="j: a video job has one input, not 2"):
        inputs.video(job("a", "b", kind="video"))
