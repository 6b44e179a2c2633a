import json
import os
import random
import signal
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from filmnet.errors import OutputError
from filmnet.media.segments import open_segmented_output
from filmnet.media.soundtrack import plan_soundtrack
from filmnet.media.video_plan import plan_video
from video_material import about, decoded_planes, moving, retime, run_apart, write_source

NAMES = ["a.mp4", "a.webm", "a.mkv", "a.mov", "a.gif", "a.webp", "a.apng", "frames/"]
CODECS = [
    ("a.mp4", "h264"),
    ("a.mp4", "hevc"),
    ("a.mp4", "av1"),
    ("a.mkv", "hevc"),
    ("a.mkv", "vp9"),
    ("a.webm", "vp9"),
    ("a.webm", "av1"),
    ("a.mov", "prores"),
]
FRAMES = 20


@pytest.fixture
def source(tmp_path):
    return about(write_source(tmp_path / "in.mp4", container="mp4"))


def open_output(source, target, *, resume=False, frames_per_segment=8, settings=None, **options):
    plan = plan_video(target, source, fps=Fraction(30), overwrite=True, **options)
    return open_segmented_output(
        plan,
        source=source.path,
        settings=settings or {},
        resume=resume,
        frames_per_segment=frames_per_segment,
    )


def finish(output, source, target):
    plan = plan_video(target, source, fps=Fraction(30), overwrite=True)
    return output.finish(plan_soundtrack(plan.spec, source, slower=Fraction(1), keep_audio=False))


class _StopError(Exception):
    """What ends a run early."""


def stop_after(source, target, pictures, **options):
    """A run that ends before it is complete."""
    with suppress(_StopError), open_output(source, target, **options) as output:
        for picture in pictures:
            output.write(picture)
        raise _StopError


def kill_and_resume(source, target, pictures, kills, rng):
    """Write, killed at random moments and resumed each time; the last run is not disturbed."""

    def work(resume):
        with open_output(source, target, resume=resume) as output:
            for picture in pictures[output.frames :]:
                output.write(picture)
                time.sleep(0.002)
            finish(output, source, target)

    for i in range(kills):
        process = run_apart(lambda i=i: work(resume=i > 0))
        time.sleep(rng.uniform(0, 0.15))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        if Path(target).exists():
            Path(target).unlink()
    work(resume=True)


def left_beside(source):
    return sorted(path.name for path in Path(source.path).parent.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_there_when_complete_and_nothing_else(tmp_path, source, name):
    _, _, written = retime(source, f"{tmp_path}/{name}", moving(FRAMES))
    assert written.frames == FRAMES
    assert abs(written.seconds - Fraction(FRAMES, 30)) < Fraction(1, 1000)  # Matroska counts in ms
    assert left_beside(source) == sorted([name.rstrip("/"), "in.mp4"])


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_joined_pieces_show_what_each_shows_alone(tmp_path, source, name, codec):
    pictures = moving(FRAMES)
    with open_output(source, tmp_path / name, codec=codec) as output:
        for picture in pictures:
            output.write(picture)
        folder = tmp_path / f".filmnet-{name}"
        output._close_segment()
        pieces = sorted(folder.glob("*.mkv"))
        alone = [frame for piece in pieces for frame in decoded_planes(piece)]
        finish(output, source, tmp_path / name)
    assert [piece.name[:19] for piece in pieces] == [
        "000000000-000000008",
        "000000008-000000016",
        "000000016-000000020",
    ]
    joined = decoded_planes(tmp_path / name)
    assert len(joined) == len(alone) == FRAMES
    assert all(np.array_equal(a, b) for a, b in zip(joined, alone, strict=True))


@pytest.mark.parametrize("name", ["a.apng", "frames/"])
def test_pictures_that_stay_rgb_keep_every_bit(tmp_path, source, name):
    pictures = moving(FRAMES)
    retime(source, f"{tmp_path}/{name}", pictures)
    if name == "a.apng":
        with av.open(str(tmp_path / name)) as file:
            found = [frame.to_ndarray() for frame in file.decode(video=0)]
    else:
        paths = sorted((tmp_path / "frames").iterdir())
        assert paths[0].name == "frame_00.png"
        found = [
            np.asarray(av.open(str(path)).decode(video=0).__next__().to_ndarray()) for path in paths
        ]
    assert all(np.array_equal(a, b) for a, b in zip(found, pictures, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_after_an_error_finished_pieces_are_kept_and_the_rest_is_not(tmp_path, source, name):
    stop_after(source, f"{tmp_path}/{name}", moving(FRAMES))
    folder = tmp_path / f".filmnet-{name.rstrip('/')}"
    pieces = sorted(path.name[:19] for path in folder.glob("0*"))
    assert pieces == ["000000000-000000008", "000000008-000000016"]
    assert left_beside(source) == [folder.name, "in.mp4"]


def test_without_a_finished_piece_nothing_is_left(tmp_path, source):
    stop_after(source, tmp_path / "a.mp4", moving(7))
    assert left_beside(source) == ["in.mp4"]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.gif", "frames/"])
def test_a_resumed_run_equals_one_that_was_not_disturbed(tmp_path, source, name):
    pictures = moving(FRAMES)
    whole = f"{tmp_path}/whole{name}" if name != "frames/" else f"{tmp_path}/whole/"
    retime(source, whole, pictures)
    target = f"{tmp_path}/{name}"
    stop_after(source, target, pictures[:13])
    with open_output(source, target, resume=True) as output:
        assert (output.frames, output.remarks) == (8, ())
        for picture in pictures[output.frames :]:
            output.write(picture)
        finish(output, source, target)
    files = [Path(whole), Path(target)]
    if name == "frames/":
        files = [sorted(folder.iterdir()) for folder in files]
        assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]
    else:
        same = np.array_equal(decoded_planes(files[0]), decoded_planes(files[1]))
        assert same
        assert name == "a.webm" or files[0].read_bytes() == files[1].read_bytes()


def test_without_resume_kept_work_is_thrown_away_and_that_is_said(tmp_path, source):
    target = tmp_path / "a.mp4"
    stop_after(source, target, moving(9))
    with open_output(source, target) as output:
        assert output.frames == 0
        assert output.remarks == ("starts afresh; 8 frames of an unfinished run are thrown away",)


def test_nothing_to_resume_is_said(tmp_path, source):
    with open_output(source, tmp_path / "a.mp4", resume=True) as output:
        assert output.remarks == (
            "nothing is kept of an earlier run, so this one starts at the first frame",
        )


def test_work_of_other_settings_or_another_input_is_not_resumed(tmp_path, source):
    target = tmp_path / "a.mp4"
    stop_after(source, target, moving(9), settings={"weights": "x"})
    os.utime(source.path, (1, 1))
    sentence = (
        f"{target}: what is kept of an unfinished run differs in input, weights, crf; "
        "run without --resume to start afresh"
    )
    with pytest.raises(OutputError) as caught:
        open_output(source, target, resume=True, settings={"weights": "y"}, crf=30).__enter__()
    assert str(caught.value) == sentence
    with open_output(source, target) as output:
        assert output.frames == 0


def test_one_output_is_written_by_one_run_at_a_time(tmp_path, source):
    with (
        open_output(source, tmp_path / "a.mp4"),
        pytest.raises(OutputError, match=r"a\.mp4: another run is writing this; wait"),
        open_output(source, tmp_path / "a.mp4", resume=True),
    ):
        pass


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mov", "a.apng", "frames/"])
def test_a_full_disk_is_one_sentence_and_pieces_are_kept(
    tmp_path, source, noise, file_size_limit, name
):
    grey, loud = np.full((64, 64, 3), 90, np.uint8), [noise(64, 64, seed=i) for i in range(8)]
    sentence = (
        rf"{name}: cannot be written \(.*\); the first 8 frames are kept: "
        "make room and run the same command with --resume"
    )

    def write_all():
        with open_output(source, f"{tmp_path}/{name}") as output:
            for picture in [grey] * 8:
                output.write(picture)
            with file_size_limit(6_000):
                for picture in loud:
                    output.write(picture)

    with pytest.raises(OutputError, match=sentence):
        write_all()
    with open_output(source, f"{tmp_path}/{name}", resume=True) as output:
        assert output.frames == 8


def test_a_disk_that_is_full_while_joining_keeps_the_pieces(
    tmp_path, source, noise, file_size_limit
):
    pictures = [noise(64, 64, seed=i) for i in range(FRAMES)]

    def work():
        with open_output(source, tmp_path / "a.mp4") as output:
            for picture in pictures:
                output.write(picture)
            output._close_segment()
            biggest = max(p.stat().st_size for p in (tmp_path / ".filmnet-a.mp4").iterdir())
            with file_size_limit(biggest + 1000):
                finish(output, source, tmp_path / "a.mp4")

    with pytest.raises(OutputError, match=r"the first 20 frames are kept"):
        work()
    assert left_beside(source) == [".filmnet-a.mp4", "in.mp4"]
    with open_output(source, tmp_path / "a.mp4", resume=True) as output:
        assert output.frames == FRAMES
        finish(output, source, tmp_path / "a.mp4")
    assert len(decoded_planes(tmp_path / "a.mp4")) == FRAMES


def test_a_picture_of_another_shape_is_the_callers_fault(tmp_path, source):
    with (
        pytest.raises(ValueError, match="a picture of 60x64 in an output of"),
        open_output(source, tmp_path / "a.mp4") as output,
    ):
        output.write(moving(1)[0][:, :60])


def test_pieces_hold_a_second_at_least_and_less_of_large_pictures(tmp_path, source):
    lengths = {}
    for size, fps in [((64, 64), 30), ((1920, 1080), 30), ((3840, 2160), 60), ((64, 64), 1000)]:
        plan = plan_video(
            tmp_path / "a.mp4", about(source.path, size=size), fps=Fraction(fps), overwrite=True
        )
        with open_segmented_output(plan, source=source.path, settings={}, resume=False):
            manifest = json.loads((tmp_path / ".filmnet-a.mp4/manifest.json").read_text())
            lengths[size[0], fps] = manifest["asked for"]["frames per piece"]
    assert lengths == {(64, 30): 240, (1920, 30): 129, (3840, 60): 60, (64, 1000): 240}


def killing_changes_nothing(tmp_path, source, name, kills, seed):
    pictures = moving(FRAMES)
    retime(source, tmp_path / f"whole{name}", pictures)
    kill_and_resume(source, tmp_path / name, pictures, kills, random.Random(seed))
    whole, resumed = (decoded_planes(tmp_path / path) for path in (f"whole{name}", name))
    assert np.array_equal(whole, resumed)
    assert durations(tmp_path / f"whole{name}") == durations(tmp_path / name)
    assert left_beside(source) == sorted([name, f"whole{name}", "in.mp4"])


def durations(path):
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        packets = [(packet.pts, packet.dts, packet.duration) for packet in file.demux(stream)]
        return file.duration, stream.duration, packets


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are started by forking")
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.apng"])
def test_a_run_that_is_killed_and_resumed_equals_one_that_was_not(tmp_path, source, name):
    killing_changes_nothing(tmp_path, source, name, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are started by forking")
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mov", "a.gif"])
@pytest.mark.parametrize("seed", range(10))
def test_fifty_random_kills_change_nothing(tmp_path, source, name, seed):
    killing_changes_nothing(tmp_path, source, name, kills=10, seed=seed)
