from dataclasses import replace

import numpy as np
import pytest

from filmnet.cluster import storage, worker
from filmnet.cluster.job import Job
from filmnet.cluster.staging import find_pieces, staging_folder
from filmnet.cluster.tasks import Divided, Failed, JoinTask, Made, StretchTask, WholeTask
from filmnet.cluster.worker import Worker, WorkerSettings
from filmnet.errors import WeightsError
from filmnet.interpolation.memory import free_bytes
from filmnet.jobs import photos_to_video, video_to_video
from filmnet.jobs.network import NetworkOptions
from video_files import read_clip
from video_material import decoded_planes, heard

PIECE = 10


@pytest.fixture
def make(tmp_path, network):
    """A worker whose outputs lie in `out`, by path or URL."""
    made = []

    def make(output=None, network=network, report=lambda *_: None, **options):
        settings = WorkerSettings(
            output=output or str(tmp_path / "out"),
            network=network,
            scratch=str(tmp_path / "scratch"),
        )
        made.append(Worker(settings, report, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.fixture
def short_pieces(monkeypatch):
    monkeypatch.setattr("filmnet.media.segments._MOST_FRAMES", PIECE)


def photos_job(folder, output, **options):
    return Job(name="p", kind="photos", inputs=(f"{folder}/",), output=str(output), options=options)


def video_job(source, output, **options):
    return Job(name="v", kind="video", inputs=(str(source),), output=str(output), options=options)


def upload(folder, url):
    for path in folder.iterdir():
        storage.deliver(path, f"{url}/{path.name}")


def test_photos_become_the_video_that_the_function_makes(tmp_path, make, burst, network):
    folder = burst(tmp_path / "burst", 3)
    job = photos_job(folder, tmp_path / "out" / "p.mp4", between=2, crf=10)
    result = make().run(WholeTask(job=job))
    assert (type(result), result.frames) == (Made, 7)
    assert result.seconds > 0
    photos_to_video(folder, tmp_path / "same.mp4", between=2, crf=10, **vars(network))
    assert np.array_equal(read_clip(job.output), read_clip(tmp_path / "same.mp4"))


def test_inputs_and_outputs_may_lie_in_an_object_store(tmp_path, make, burst, clip, s3):
    upload(burst(tmp_path / "burst"), f"{s3}/burst")
    storage.deliver(clip(tmp_path / "in.mp4"), f"{s3}/in.mp4")
    one = make(f"{s3}/out")
    photos = photos_job(f"{s3}/burst", f"{s3}/out/p.mp4", between=3)
    video = video_job(f"{s3}/in.mp4", f"{s3}/out/v.mp4", fps=50)
    assert one.run(WholeTask(job=photos)).frames == 5
    assert one.run(WholeTask(job=video)).frames == 12
    (tmp_path / "got").mkdir()
    for job, frames in ((photos, 5), (video, 12)):
        assert len(read_clip(storage.fetch(job.output, tmp_path / "got"))) == frames


@pytest.mark.parametrize("place", ["local", "s3"])
def test_a_divided_video_equals_the_undivided_one(
    tmp_path, request, make, clip, network, short_pieces, place
):
    source = clip(tmp_path / "in.mp4", frames=20, moving=12)
    output = str(tmp_path / "out")
    job = video_job(source, tmp_path / "out" / "v.mp4", fps=60, crf=10)
    if place == "s3":
        s3 = request.getfixturevalue("s3")
        output = f"{s3}/out"
        storage.deliver(source, f"{s3}/in.mp4")
        job = video_job(f"{s3}/in.mp4", f"{s3}/out/v.mp4", fps=60, crf=10)
    one, other = make(output), make(output)
    plan = one.run(WholeTask(job=job))
    assert (type(plan), plan.frames, plan.frames_per_piece) == (Divided, 48, PIECE)
    for start, stop, by in ((20, None, one), (0, 20, other)):
        task = StretchTask(job=job, plan=plan.plan, start=start, stop=stop)
        assert by.run(task).frames == (20 if stop else 28)
    joined = other.run(JoinTask(job=job, plan=plan.plan))
    assert (type(joined), joined.frames) == (Made, 48)
    (tmp_path / "got").mkdir()
    made = storage.fetch(job.output, tmp_path / "got")
    video_to_video(source, tmp_path / "same.mp4", fps=60, crf=10, **vars(network))
    pairs = zip(decoded_planes(made), decoded_planes(tmp_path / "same.mp4"), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert np.array_equal(heard(made)[1], heard(tmp_path / "same.mp4")[1])


def test_a_stretch_goes_on_with_the_pieces_of_a_worker_that_died(
    tmp_path, make, clip, short_pieces, monkeypatch
):
    job = video_job(clip(tmp_path / "in.mp4", frames=20), tmp_path / "out" / "v.mp4", fps=60)
    one = make()
    plan = one.run(WholeTask(job=job)).plan
    stretch = StretchTask(job=job, plan=plan, start=10, stop=None)
    assert one.run(stretch).frames == 38
    folder = staging_folder(str(tmp_path / "out"), job)
    pieces = find_pieces(folder, plan)
    for piece in pieces[2:]:
        storage.remove(piece.path)
    begun = []
    monkeypatch.setattr(
        worker,
        "make_pieces",
        lambda *_, start, **options: begun.append(start),
    )
    one.run(stretch)
    assert begun == [30]


def test_pieces_of_another_input_are_not_mixed_in(tmp_path, make, clip, short_pieces):
    source = clip(tmp_path / "in.mp4", frames=20)
    job = video_job(source, tmp_path / "out" / "v.mp4", fps=60)
    one = make()
    plan = one.run(WholeTask(job=job)).plan
    clip(source, frames=20, seed=1)
    result = one.run(StretchTask(job=job, plan=plan, start=10, stop=None))
    assert isinstance(result, Failed)
    assert "the input has changed, or this worker computes otherwise" in result.error


def test_a_missing_piece_is_named(tmp_path, make, clip, short_pieces):
    job = video_job(clip(tmp_path / "in.mp4", frames=20), tmp_path / "out" / "v.mp4", fps=60)
    one = make()
    plan = one.run(WholeTask(job=job)).plan
    one.run(StretchTask(job=job, plan=plan, start=30, stop=None))
    result = one.run(JoinTask(job=job, plan=plan))
    assert "frames 0 to 30 are missing" in result.error
    assert not (tmp_path / "out" / "v.mp4").exists()


def failing_jobs(folder, s3, burst, clip):
    """Jobs that cannot be done, and what is said of them."""
    out = folder / "out"
    storage.write_text(f"{s3}/broken.mp4", "hello")
    photos, video = burst(folder / "burst"), clip(folder / "in.mp4")
    two = Job(name="e", kind="video", inputs=("a", "b"), output=f"{out}/e.mp4")
    return {
        f"{s3}/broken.mp4: this is not a video": video_job(f"{s3}/broken.mp4", out / "a.mp4"),
        f"{s3}/none.mp4: there is no such file": video_job(f"{s3}/none.mp4", out / "a.mp4"),
        f"{folder}/none": photos_job(folder / "none", out / "b.mp4"),
        f"{out}/c.xyz": photos_job(photos, out / "c.xyz"),
        "nothing to do: pass --fps": video_job(video, out / "d.mp4"),
        "a video job has one input, not 2": two,
        "this would replace the input": video_job(video, video),
    }


def test_what_fails_is_an_answer_in_the_words_of_the_user(tmp_path, make, burst, clip, s3):
    one = make()
    for sentence, job in failing_jobs(tmp_path, s3, burst, clip).items():
        result = one.run(WholeTask(job=job))
        assert isinstance(result, Failed)
        assert sentence in result.error
        assert "scratch" not in result.error
        assert not (tmp_path / "out" / storage.base_name(job.output)).exists()


def test_an_output_that_was_there_is_not_replaced_unless_told(tmp_path, make, burst):
    folder, output = burst(tmp_path / "burst"), tmp_path / "p.mp4"
    output.write_text("old")
    one = make()
    result = one.run(WholeTask(job=photos_job(folder, output, between=1)))
    assert "this file exists; pass --overwrite" in result.error
    assert output.read_text() == "old"
    assert one.run(WholeTask(job=photos_job(folder, output, between=1, overwrite=True))).frames == 3


def test_a_folder_of_frames_and_an_animation_are_made_in_one_go(tmp_path, make, clip, short_pieces):
    source = clip(tmp_path / "in.mp4", frames=20, moving=2)
    for name in ("frames/", "v.gif"):
        job = video_job(source, f"{tmp_path}/out/{name}", fps=50)
        assert make().run(WholeTask(job=job)).frames == 40
    assert len(list((tmp_path / "out" / "frames").iterdir())) == 40


def test_the_network_is_loaded_once_and_again_for_other_options(tmp_path, make, burst, monkeypatch):
    loaded = []
    load = NetworkOptions.load
    monkeypatch.setattr(
        NetworkOptions,
        "load",
        lambda self, frames: loaded.append(self) or load(self, frames=frames),
    )
    folder, one = burst(tmp_path / "burst"), make(memory_share=0.25)
    assert one.load().startswith("weights tiny (")
    for number, options in enumerate([{}, {}, {"precision": "bfloat16"}, {}]):
        job = photos_job(folder, tmp_path / "out" / f"{number}.mp4", between=1, **options)
        assert one.run(WholeTask(job=job)).frames == 3
    assert [it.precision for it in loaded] == ["float32", "bfloat16", "float32"]
    import torch

    assert loaded[0].memory <= free_bytes(torch.device("cpu")) / 3


def test_weights_that_are_not_there_are_an_error_of_loading(make, network):
    one = make(network=replace(network, weights="nonsense"))
    with pytest.raises(WeightsError, match="nonsense"):
        one.load()


def test_progress_is_reported_sparingly(tmp_path, make, burst):
    told = []
    job = photos_job(burst(tmp_path / "burst"), tmp_path / "p.mp4", between=20)
    one = make(report=lambda *report: told.append(report))
    assert one.run(WholeTask(job=job)).frames == 22
    assert told[0] == ("p", 0, 22)
    assert len(told) < 20
