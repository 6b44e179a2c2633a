"""What outlives a killed run, a full disk, and a long video's memory."""

import errno
import random
import re
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest

from filmnet.errors import OutputError
from filmnet.jobs import video_to_video
from filmnet.media.video_writer import VideoWriter
from video_files import read_clip, texture, write_clip

FRAMES_PER_PIECE = 4


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr("filmnet.media.segments._MOST_FRAMES", FRAMES_PER_PIECE)


@pytest.fixture
def make(tmp_path, gap_maker):
    def run(source, output="out.mp4", **options):
        return video_to_video(source, tmp_path / output, interpolator=gap_maker, **options)

    return run


SLOW_JOB = f"""
import sys, time
from pathlib import Path
sys.path[:0] = [{str(__file__.rsplit("/", 2)[0])!r}]
import numpy as np
from filmnet.jobs import video_to_video
from filmnet.media import segments
segments._MOST_FRAMES = {FRAMES_PER_PIECE}

class Slow:
    def describe(self):
        return "slow"

    def identify(self):
        return "blend"

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        for t in times:
            time.sleep(0.01)
            yield np.rint(image0 * (1 - float(t)) + image1 * float(t)).astype(image0.dtype)

video_to_video(
    sys.argv[1], sys.argv[2], fps=100, crf=10, resume="resume" in sys.argv, interpolator=Slow()
)
"""


def start(source, output, *options):
    command = [sys.executable, "-c", SLOW_JOB, str(source), str(output), *options]
    return subprocess.Popen(command)


def wait_for_pieces(folder, number, job, seconds=60):
    """Wait until `number` pieces are complete."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and job.poll() is None:
        if len(list(folder.glob(".filmnet-*/*[0-9].mkv"))) >= number:
            return
        time.sleep(0.01)
    raise AssertionError(f"no {number} pieces")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_run_is_resumed_and_equals_an_undisturbed_one(make, tmp_path):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(12)])
    with start(source, tmp_path / "out.mp4") as job:
        wait_for_pieces(tmp_path, 2, job)
        job.kill()
    assert job.returncode == -signal.SIGKILL
    assert not (tmp_path / "out.mp4").exists()
    seen = []
    make(source, fps=100, crf=10, resume=True, progress=seen.append)
    assert seen[0].frames_kept >= 2 * FRAMES_PER_PIECE
    make(source, "undisturbed.mp4", fps=100, crf=10)
    assert np.array_equal(read_clip(tmp_path / "out.mp4"), read_clip(tmp_path / "undisturbed.mp4"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_run_killed_at_50_random_moments_ends_equal_to_an_undisturbed_one(make, tmp_path):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(250)])
    make(source, "undisturbed.mp4", fps=100, crf=10)
    wanted = read_clip(tmp_path / "undisturbed.mp4")
    moments = random.Random(0)
    output, kills = tmp_path / "out.mp4", 0
    while kills < 50:
        with start(source, output, "resume") as job:
            try:
                job.wait(timeout=moments.uniform(0.5, 6))
            except subprocess.TimeoutExpired:
                job.kill()
                kills += 1
        if output.exists():
            assert np.array_equal(read_clip(output), wanted)
            output.unlink()
    make(source, fps=100, crf=10, resume=True)
    assert np.array_equal(read_clip(output), wanted)


def test_frames_of_another_network_are_made_again_and_that_is_said(
    make, tmp_path, gap_maker, monkeypatch
):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(12)])

    def stop(progress):
        if progress.frames_done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(source, fps=50, progress=stop)
    monkeypatch.setattr(gap_maker, "identify", lambda: "another")
    seen = []
    summary = make(source, fps=50, resume=True, progress=seen.append)
    assert summary.frames == 24
    assert seen[0].frames_kept == 0
    assert re.fullmatch(
        r"starts afresh: the \d+ frames that are kept were made with another network, "
        "so the result would not be that of one run",
        seen[0].remarks[0],
    )


def identity(path):
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def test_a_run_killed_when_its_output_was_complete_only_tidies_up(make, tmp_path, monkeypatch):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(6)])

    def end(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("filmnet.media.segment_folder.SegmentFolder.remove", end)
        with pytest.raises(KeyboardInterrupt):
            make(source, fps=50)
    complete = identity(tmp_path / "out.mp4")
    with pytest.raises(OutputError, match=r"this file exists; pass --overwrite"):
        make(source, fps=50)
    summary = make(source, fps=50, resume=True)
    assert (summary.frames, summary.made) == (12, 5)
    assert identity(tmp_path / "out.mp4") == complete
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4", "out.mp4"}


def test_a_full_disk_is_one_sentence_and_what_was_done_is_kept(make, tmp_path, monkeypatch):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(12)])
    written = []
    write = VideoWriter.write

    def fill_up(self, picture):
        written.append(1)
        if len(written) > 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, picture)

    monkeypatch.setattr(VideoWriter, "write", fill_up)
    with pytest.raises(OutputError, match=r"No space left on device.*--resume") as caught:
        make(source, fps=50)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.mp4").exists()
    monkeypatch.setattr(VideoWriter, "write", write)
    seen = []
    assert make(source, fps=50, resume=True, progress=seen.append).frames == 24
    assert seen[0].frames_kept == 2 * FRAMES_PER_PIECE


def peak_memory(function):
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_depend_on_the_length(make, tmp_path):
    short = write_clip(tmp_path / "short.mp4", [texture(2 * k) for k in range(20)])
    long = write_clip(tmp_path / "long.mp4", [texture(2 * k) for k in range(100)])
    make(short, "warm.mp4", fps=50)
    peaks = [peak_memory(lambda: make(short, fps=50))]
    peaks.append(peak_memory(lambda: make(long, "long-out.mp4", fps=50)))
    assert peaks[1] < peaks[0] + 20 * 64 * 48 * 3  # 160 frames more, but not these in memory


MEASURED_JOB = """
import resource, sys
from filmnet.jobs import video_to_video

class Blend:
    def describe(self):
        return "blend"

    identify = describe

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        yield from (image0 // 2 + image1 // 2 for t in times)

video_to_video(sys.argv[1], sys.argv[2], fps=50, interpolator=Blend())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no figure for the peak there")
def test_2000_frames_take_no_more_memory_than_100(tmp_path):
    pictures = [texture(2 * k, size=(320, 240)) for k in range(1000)]
    peaks = []
    for number in (50, 1000):
        source = write_clip(tmp_path / f"{number}.mp4", pictures[:number])
        command = [sys.executable, "-c", MEASURED_JOB, source, tmp_path / f"{number}-out.mp4"]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.05 * peaks[0]  # 1,900 frames more are 440 MB, of about as much in all
