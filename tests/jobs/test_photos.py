import itertools
import signal
import subprocess
import sys
import time
import tracemalloc
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from filmnet.errors import FilmnetError, InputError, OutputError
from filmnet.jobs import Cancel, Cancelled, photos_to_video

OUTPUTS = ["a.mp4", "a.webm", "a.mkv", "a.mov", "a.gif", "a.webp", "a.apng", "out/"]
LARGE = (64, 64)
"""Pixels that every output holds; HEVC takes no smaller ones."""


@pytest.fixture
def make(tmp_path, blender):
    """Run a job into `tmp_path`."""

    def run(photos, output="out/", **options):
        return photos_to_video(photos, f"{tmp_path}/{output}", interpolator=blender, **options)

    return run


def left_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "photos")


def test_photos_stand_byte_by_byte_where_the_formula_says(make, photos, tmp_path):
    rng = np.random.default_rng(0)
    paths = photos(3)
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).save(path)
    make(paths, seconds=1, fps=20)
    frames = sorted((tmp_path / "out").iterdir())
    assert len(frames) == 20
    for k, path in enumerate(paths):
        frame = frames[round(k * 19 / 2)]
        assert np.array_equal(np.asarray(Image.open(frame)), np.asarray(Image.open(path)))


def test_made_frames_divide_each_gap_evenly(make, photos, values, blender):
    make(photos(3), between=3)
    assert blender.counts == [3, 3]
    assert values() == [20, 30, 40, 50, 60, 70, 80, 90, 100]


def test_a_loop_ends_before_the_first_photo_comes_again(make, photos, values):
    summary = make(photos(2), between=1, loop=True)
    assert values() == [20, 40, 60, 40]
    assert summary.frames == 4


def test_a_loop_of_given_length_has_that_length(make, photos, values):
    make(photos(3), seconds=0.5, fps=20, loop=True)
    found = values()
    assert len(found) == 10
    assert [found[round(k * 10 / 3)] for k in range(3)] == [20, 60, 100]
    assert all(a != b for a, b in itertools.pairwise([*found, found[0]]))


def test_a_boomerang_comes_back_without_making_a_frame_twice(make, photos, values, blender):
    summary = make(photos(2), between=3, boomerang=True)
    assert values() == [20, 30, 40, 50, 60, 50, 40, 30]
    assert summary.frames == 8
    assert (blender.made, blender.taken) == (3, 2)


def test_hold_adds_to_both_ends(make, photos, values, blender):
    make(photos(2), between=1, hold=0.1, fps=20)
    assert values() == [20, 20, 20, 40, 60, 60, 60]
    assert blender.made == 1


def test_as_many_photos_as_frames_need_nothing_made(make, photos, values, blender):
    make(photos(3), seconds=0.3, fps=10)
    assert values() == [20, 60, 100]
    assert blender.made == 0


def test_16_bit_photos_make_16_bit_frames(make, photos, tmp_path):
    paths = photos(2)
    for k, path in enumerate(paths):
        cv2.imwrite(str(path), np.full((24, 32, 3), 1001 * k, np.uint16))
    make(paths, between=1)
    frames = sorted((tmp_path / "out").iterdir())
    deep = [cv2.imread(str(frame), cv2.IMREAD_UNCHANGED)[0, 0, 0] for frame in frames]
    assert deep == [0, 500, 1001]
    assert deep[0].dtype == np.uint16


def test_differing_sizes_work_with_a_fit(make, photos, tmp_path):
    paths = photos(2)
    Image.new("RGB", (28, 30)).save(paths[1])
    for fit, size in (("crop", (28, 24)), ("pad", (32, 30))):
        assert make(paths, f"{fit}.mp4", between=1, fit=fit).size == size
        with av.open(str(tmp_path / f"{fit}.mp4")) as video:
            stream = video.streams.video[0]
            assert (stream.width, stream.height) == size


def test_the_summary_says_what_was_written(make, photos, tmp_path):
    summary = make(photos(2), "a.mp4", seconds=0.5, fps="30000/1001")
    assert summary.output == tmp_path / "a.mp4"
    assert (summary.photos, summary.frames, summary.size) == (2, 15, (32, 24))
    assert summary.fps == Fraction(30000, 1001)
    assert summary.seconds == pytest.approx(0.5005)
    assert summary.seconds_elapsed > 0
    assert summary.using.startswith("weights blend")


def test_progress_starts_before_the_first_frame_and_ends_with_the_last(make, photos):
    seen = []
    make(photos(2), between=2, hold=1, fps=3, progress=seen.append)
    assert [progress.frames_done for progress in seen] == list(range(11))
    assert {progress.frames_total for progress in seen} == {10}
    assert {progress.using for progress in seen} == {
        "weights blend (0 parameters), cpu, float32, 1 thread"
    }


def test_photos_are_taken_and_frames_made_only_when_needed(make, photos, blender):
    taken = []
    make(photos(6), between=4, progress=lambda _: taken.append((blender.taken, blender.made)))
    for frame, (photos_taken, made) in enumerate(taken[1:]):
        assert photos_taken <= frame // 5 + 2
        assert made <= frame + 1


@pytest.mark.parametrize("options", [{}, {"boomerang": True}, {"loop": True}])
def test_memory_does_not_depend_on_the_number_of_frames(make, photos, options):
    paths = photos(2, size=(256, 128))
    make(paths, "warm/", between=2, **options)
    peaks = []
    for between in (5, 100):
        tracemalloc.start()
        make(paths, f"{between}/", between=between, **options)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 256 * 128 * 3  # 95 or 190 frames more, but not one in memory


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_cancelled_job_leaves_nothing(make, photos, tmp_path, output):
    cancel = Cancel()

    def stop(progress):
        if progress.frames_done == 3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        make(photos(2, LARGE), output, between=9, progress=stop, cancel=cancel)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("boomerang", [False, True])
@pytest.mark.parametrize("output", OUTPUTS)
def test_ctrl_c_leaves_nothing(make, photos, tmp_path, output, boomerang):
    def interrupt(progress):
        if progress.frames_done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(photos(2, LARGE), output, between=9, progress=interrupt, boomerang=boomerang)
    assert left_in(tmp_path) == []


# A shell's job in the background ignores SIGINT; this one must not.
SLOW_JOB = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from filmnet.jobs import photos_to_video

class Slow:
    def describe(self):
        return "slow"

    def sequence(self, frames, count, *, loop=False, on_pair=None):
        first, last = frames
        yield first
        while True:
            time.sleep(0.01)
            yield last

photos_to_video(sys.argv[1:3], sys.argv[3], seconds=10_000, interpolator=Slow())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process there")
@pytest.mark.parametrize("output", ["a.mp4", "out/"])
def test_ctrl_c_on_the_process_leaves_nothing(photos, tmp_path, output):
    command = [sys.executable, "-c", SLOW_JOB, *map(str, photos(2)), f"{tmp_path}/{output}"]
    job = subprocess.Popen(command, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not left_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    assert left_in(tmp_path)
    job.send_signal(signal.SIGINT)
    _, errors = job.communicate(timeout=60)
    assert b"KeyboardInterrupt" in errors
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("output", OUTPUTS)
def test_gps_and_other_exif_never_reach_the_output(make, photos, tmp_path, output):
    paths = photos(2, LARGE, extension="jpg")
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[29] = "SECRETPLACE"
    for path in paths:
        Image.open(path).save(path, exif=exif, comment=b"SECRETCOMMENT")
        assert path.read_bytes().count(b"SECRET") == 3
    make(paths, output, between=1)
    written = tmp_path / output
    files = list(written.iterdir()) if written.is_dir() else [written]
    assert files
    for file in files:
        assert b"SECRET" not in file.read_bytes()
        assert b"Exif" not in file.read_bytes()


def replace_first(paths, data):
    paths[0].write_bytes(data)
    return paths


BAD_JOBS = {
    "one photo": (lambda paths: paths[:1], {}, "needs two photos or more"),
    "missing": (lambda paths: [paths[0], "gone.jpg"], {}, "there is no such file"),
    "empty": (lambda paths: replace_first(paths, b""), {}, "this file is empty"),
    "text": (lambda paths: replace_first(paths, b"hello"), {}, "this is not a photo"),
    "bomb": (lambda paths: paths, {"max_pixels": 100}, "more than the limit"),
    "fps 0": (lambda paths: paths, {"fps": 0}, "fps is 0"),
    "negative fps": (lambda paths: paths, {"fps": -5}, "fps is -5"),
    "nan fps": (lambda paths: paths, {"fps": float("nan")}, "fps is nan"),
    "seconds 0": (lambda paths: paths, {"seconds": 0}, "seconds is 0"),
    "short": (lambda paths: paths, {"seconds": 0.03}, "fewer than the 2 photos"),
    "both": (lambda paths: paths, {"seconds": 1, "between": 1}, "--seconds and --between"),
    "hold": (lambda paths: paths, {"hold": -1}, "hold is -1"),
    "two ways": (lambda paths: paths, {"loop": True, "boomerang": True}, "choose one"),
    "crf": (lambda paths: paths, {"crf": 99}, "crf is 99"),
    "codec": (lambda paths: paths, {"codec": "divx"}, "codec 'divx' is not for this file"),
    "fit": (lambda paths: paths, {"fit": "squeeze"}, "has to be crop or pad"),
    "extension": (lambda paths: paths, {"output": "a.avi"}, "unknown extension"),
    "no parent": (lambda paths: paths, {"output": "no/a.mp4"}, "there is no folder"),
}


@pytest.mark.parametrize("name", BAD_JOBS)
def test_what_cannot_work_is_one_sentence_before_any_work(name, photos, tmp_path, monkeypatch):
    change, options, sentence = BAD_JOBS[name]
    options = dict(options)
    output = tmp_path / options.pop("output", "a.mp4")
    monkeypatch.setattr("filmnet.interpolation.load", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(FilmnetError, match=sentence) as caught:
        photos_to_video(change(photos(2)), output, **options)
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []


def test_a_photo_that_is_damaged_inside_ends_the_job_without_output(make, photos, tmp_path):
    paths = photos(3, extension="jpg")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)).save(paths[2])
    paths[2].write_bytes(paths[2].read_bytes()[:-300])
    with pytest.raises(InputError, match=r"2\.jpg: this photo is damaged or cut short"):
        make(paths, "a.mp4", between=2)
    assert left_in(tmp_path) == []


def test_a_size_that_the_output_cannot_hold_is_an_error_before_weights_are_loaded(
    photos, tmp_path, monkeypatch
):
    monkeypatch.setattr("filmnet.interpolation.load", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(OutputError, match=r"32x24 does not fit hevc.*; use --codec h264"):
        photos_to_video(photos(2), tmp_path / "a.mkv")
    assert left_in(tmp_path) == []


def test_differing_sizes_are_an_error_before_any_work(make, photos, tmp_path, blender):
    paths = photos(2)
    Image.new("RGB", (30, 24)).save(paths[1])
    with pytest.raises(InputError, match="30x24 differs from the first photo"):
        make(paths, "a.mp4")
    assert blender.taken == 0


def test_an_existing_output_needs_overwrite(make, photos, tmp_path):
    (tmp_path / "a.mp4").write_text("old")
    paths = photos(2)
    with pytest.raises(OutputError, match="pass --overwrite"):
        make(paths, "a.mp4", between=1)
    make(paths, "a.mp4", between=1, overwrite=True)
    assert (tmp_path / "a.mp4").stat().st_size > 100


def test_the_output_never_replaces_its_own_photos(make, photos, tmp_path, blender):
    make(photos(2), "out/", between=1)
    with pytest.raises(OutputError, match="this would replace"):
        make(tmp_path / "out", "out/", between=1, overwrite=True)
    Image.new("RGB", (32, 24)).save(tmp_path / "a.webp")
    with pytest.raises(OutputError, match="this would replace"):
        make([tmp_path / "a.webp", *photos(1)], "a.webp", overwrite=True)


def test_the_network_is_loaded_as_asked(photos, tmp_path, blender, monkeypatch):
    asked = []

    def load(*args, **options):
        asked.append((args, options))
        return blender

    monkeypatch.setattr("filmnet.interpolation.load", load)
    options = {"device": "cpu", "precision": "float32", "memory": "3GB", "tile": 640}
    options |= {"optimize": "never", "tta": 2}
    photos_to_video(photos(2), tmp_path / "a.mp4", between=1, weights="w", **options)
    assert asked == [(("w",), {**options, "frames": 1})]


def test_a_path_object_without_an_extension_is_a_folder_of_frames(photos, tmp_path, blender):
    summary = photos_to_video(photos(2), tmp_path / "out", between=1, interpolator=blender)
    assert summary.output == tmp_path / "out"
    assert len(list((tmp_path / "out").iterdir())) == 3
