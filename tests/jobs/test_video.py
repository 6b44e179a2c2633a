import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.errors import FilmnetError, InputError, OutputError
from filmnet.jobs import Cancel, Cancelled, plan_retiming, video_to_video
from video_files import plain, read_clip, read_times, texture, write_clip


@pytest.fixture
def make(tmp_path, gap_maker):
    """Run a job into `tmp_path` on a blending stand-in for the network."""

    def run(source, output="out.mp4", *, interpolator=gap_maker, **options):
        return video_to_video(source, tmp_path / output, interpolator=interpolator, **options)

    return run


def moving(number, step=2):
    return [texture(step * k) for k in range(number)]


def left_in(folder, *known):
    return sorted(path.name for path in folder.iterdir() if path.name not in known)


@pytest.mark.parametrize(
    ("number", "fps", "options", "expected"),
    [
        (24, "24000/1001", {"fps": 60}, 60),
        (25, 25, {"fps": 60}, 60),
        (10, 25, {"fps": "60000/1001"}, 24),
        (10, 25, {"slower": 2.5}, 25),
        (10, 25, {"slower": 2, "fps": 50}, 40),
        (10, 25, {"fps": 10}, 4),
    ],
)
def test_the_output_has_the_frames_and_the_duration_that_were_asked_for(
    make, tmp_path, number, fps, options, expected
):
    source = write_clip(tmp_path / "in.mp4", moving(number), fps=fps)
    summary = make(source, **options)
    times = read_times(tmp_path / "out.mp4")
    rate = Fraction(options.get("fps", fps))
    assert summary.frames == len(times) == expected
    assert times == pytest.approx([k / rate for k in range(expected)], abs=1e-4)
    wanted = number / Fraction(fps) * Fraction(options.get("slower", 1))
    assert abs(summary.seconds - wanted) <= 1 / rate


def greys(path):
    return read_clip(path).mean(axis=(1, 2, 3))


def test_made_frames_lie_between_real_ones_at_their_instants(make, tmp_path):
    source = write_clip(tmp_path / "in.mp4", [plain(60 + 20 * k) for k in range(6)], fps=25)
    summary = make(source, fps=100, crf=0)
    wanted = [min(60 + 5 * k, 160) for k in range(24)]
    # The test's own writing and reading and the job's each round once, to 219 steps of luma.
    assert greys(tmp_path / "out.mp4") == pytest.approx(wanted, abs=2)
    assert summary.made == 15


def test_a_variable_rate_is_followed_by_time(make, tmp_path):
    times = [Fraction(t, 100) for t in (0, 4, 8, 20, 24)]
    source = write_clip(tmp_path / "in.mp4", map(plain, (60, 70, 80, 110, 120)), times=times)
    make(source, fps=25, crf=0)
    assert greys(tmp_path / "out.mp4") == pytest.approx([60, 70, 80, 90, 100, 110, 120], abs=2)


class Copying:
    """Makes frames that are their first neighbour, bit by bit."""

    def describe(self):
        return "copies"

    identify = describe

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        yield from (image0 for _ in times)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_there_is_no_brightness_step_between_real_and_made_frames(make, tmp_path, codec):
    pictures = [texture(2 * k, size=(96, 64)) for k in range(12)]
    source = write_clip(tmp_path / "in.mp4", pictures)
    make(source, fps=50, codec=codec, interpolator=Copying())
    found = read_clip(tmp_path / "out.mp4").astype(float)
    real, made = found[0:22:2], found[1:23:2]
    # A made frame equals the real one before it, so that only its way could differ.
    assert np.abs((real - made).mean(axis=(1, 2, 3))).max() < 0.5
    assert np.abs((real - made).mean(axis=(0, 1, 2))).max() < 0.5


def test_cuts_are_held_and_reported(make, tmp_path, gap_maker):
    scenes = [texture(2 * k) for k in range(8)]
    scenes += [texture(2 * k, seed=5, low=0, high=90) for k in range(8)]
    source = write_clip(tmp_path / "in.mp4", scenes)
    summary = make(source, fps=50)
    found = greys(tmp_path / "out.mp4")
    assert abs(found[15] - found[14]) < 2
    assert abs(found[16] - found[15]) > 30
    assert "1 scene cut held, at 0:00.32" in summary.remarks
    assert summary.made == gap_maker.made == 14


def test_stills_cost_no_network(make, tmp_path, gap_maker):
    source = write_clip(tmp_path / "in.mp4", [texture()] * 10)
    summary = make(source, fps=100)
    assert (summary.frames, summary.made, gap_maker.prepared) == (40, 0, 0)


def test_repeats_are_replaced_on_request(make, tmp_path):
    twos = [texture(4 * (k // 2)) for k in range(12)]
    source = write_clip(tmp_path / "in.mp4", twos, fps=24)
    assert make(source, fps=48, overwrite=True).made == 5
    summary = make(source, fps=48, dedupe=True, overwrite=True)
    assert summary.made == 15  # three in each of five gaps between six drawings
    assert "5 repeated frames replaced by in-betweens" in summary.remarks


def test_the_duration_is_checked_and_reported(make, tmp_path):
    source = write_clip(tmp_path / "in.mp4", moving(10))
    same = "the output lasts 0.400 s, the input's 0.400 s within one frame"
    assert same in make(source, fps=50).remarks
    slow = make(source, "slow.mp4", slower=2.5)
    wanted = "the output lasts 1.000 s, 2.5 times the input's 0.400 s within one frame"
    assert wanted in slow.remarks


def test_progress_has_frames_speed_and_time_left(make, tmp_path):
    seen = []
    make(write_clip(tmp_path / "in.mp4", moving(10)), fps=50, progress=seen.append)
    assert (seen[0].frames_done, seen[-1].frames_done) == (0, 20)
    assert {progress.frames_total for progress in seen} == {20}
    assert [p.frames_done for p in seen] == sorted(p.frames_done for p in seen)
    assert seen[-1].frames_per_second > 0
    assert seen[-1].seconds_left == 0
    assert {progress.using for progress in seen} == {
        "weights blend (0 parameters), cpu, float32, 1 thread"
    }


@pytest.mark.parametrize("frames", [0, 3, 15])
def test_a_cancelled_job_leaves_no_output_and_its_work_can_be_resumed(
    make, tmp_path, monkeypatch, frames
):
    monkeypatch.setattr("filmnet.media.segments._MOST_FRAMES", 4)
    source = write_clip(tmp_path / "in.mp4", moving(10))
    cancel, remarks = Cancel(), []

    def stop(progress):
        remarks.extend(progress.remarks)
        if progress.frames_done >= frames:
            cancel.cancel()

    with pytest.raises(Cancelled):
        make(source, fps=50, progress=stop, cancel=cancel)
    assert left_in(tmp_path, "in.mp4") == [".filmnet-out.mp4"] * bool(remarks)
    seen = []
    assert make(source, fps=50, resume=True, progress=seen.append).frames == 20
    kept = seen[0].frames_kept
    assert kept <= frames + 5
    assert remarks == [
        f"the first {kept} frames are kept; the same command with --resume goes on"
    ] * (kept > 0)
    assert left_in(tmp_path, "in.mp4") == ["out.mp4"]
    make(source, "undisturbed.mp4", fps=50)
    assert np.array_equal(read_clip(tmp_path / "out.mp4"), read_clip(tmp_path / "undisturbed.mp4"))


def test_without_resume_it_starts_afresh_and_says_so(make, tmp_path, monkeypatch, gap_maker):
    monkeypatch.setattr("filmnet.media.segments._MOST_FRAMES", 4)
    source = write_clip(tmp_path / "in.mp4", moving(10))

    def interrupt(progress):
        if progress.frames_done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(source, fps=50, progress=interrupt)
    gap_maker.made = 0
    summary = make(source, fps=50)
    assert gap_maker.made == 9
    assert any("afresh" in remark for remark in summary.remarks)


def test_no_thread_is_left_behind(make, tmp_path):
    class Failing(Copying):
        def between(self, image0, image1, *, times):
            raise RuntimeError("no network")

    source = write_clip(tmp_path / "in.mp4", moving(30))
    with pytest.raises(RuntimeError, match="no network"):
        make(source, fps=50, interpolator=Failing())
    assert not [t for t in threading.enumerate() if t.name.startswith("filmnet")]


def test_16_bit_pictures_reach_the_network_from_deep_video(make, tmp_path, gap_maker):
    path = tmp_path / "in.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx265", 25, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        for k in range(8):
            picture = texture(2 * k, size=(64, 64)).astype(np.uint16) * 257
            frame = av.VideoFrame.from_ndarray(picture, format="rgb48le")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    gap_maker.seen = set()
    prepare = gap_maker.prepare
    gap_maker.prepare = lambda image: gap_maker.seen.add(image.dtype) or prepare(image)
    make(path, "out.mkv", fps=50)
    assert gap_maker.seen == {np.dtype(np.uint16)}
    with av.open(str(tmp_path / "out.mkv")) as file:
        assert file.streams.video[0].format.name == "yuv420p10le"


BAD_JOBS = {
    "neither": ({}, "nothing to do: pass --fps"),
    "fps": ({"fps": 0}, "fps is 0"),
    "slower": ({"slower": 1}, "slower is 1, but has to be a number above 1"),
    "cuts": ({"fps": 50, "at_cuts": "morph"}, "has to be hold or blend"),
    "missing": ({"fps": 50, "source": "gone.mp4"}, "gone.mp4: "),
    "text": ({"fps": 50, "source": "text.mp4"}, "text.mp4: "),
    "one frame": ({"fps": 50, "source": "one.mp4"}, "one.mp4: this video has one frame only"),
    "itself": ({"fps": 50, "output": "in.mp4"}, "in.mp4: this would replace the input"),
    "existing": ({"fps": 50, "output": "text.mp4"}, "pass --overwrite"),
    "crf": ({"fps": 50, "crf": 99}, "crf is 99"),
    "codec": ({"fps": 50, "codec": "divx"}, "codec 'divx'"),
    "extension": ({"fps": 50, "output": "a.xyz"}, "unknown extension"),
    "too long": ({"slower": 1000, "fps": 1000, "source": "long.mkv"}, "more than 10000000"),
}


@pytest.mark.parametrize("name", BAD_JOBS)
def test_what_cannot_work_is_one_sentence_before_any_work(name, tmp_path, monkeypatch):
    options, sentence = BAD_JOBS[name]
    options = {"source": "in.mp4", "output": "out.mp4", **options}
    write_clip(tmp_path / "in.mp4", moving(3))
    write_clip(tmp_path / "one.mp4", moving(1))
    write_clip(tmp_path / "long.mkv", moving(2), times=[0, 20])
    (tmp_path / "text.mp4").write_text("hello")
    before = left_in(tmp_path)
    monkeypatch.setattr("filmnet.interpolation.load", lambda *_, **__: pytest.fail("loaded"))
    source, output = (tmp_path / options.pop(name) for name in ("source", "output"))
    with pytest.raises(FilmnetError, match=sentence) as caught:
        video_to_video(source, output, **options)
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == before


def test_the_output_never_replaces_its_input_through_a_link_either(make, tmp_path):
    source = write_clip(tmp_path / "in.mp4", moving(3))
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    for name in ("link.mp4", "hard.mp4"):
        with pytest.raises(OutputError, match="this would replace the input"):
            make(source, name, fps=50, overwrite=True)


def test_one_frame_is_noticed_while_reading_too(make, tmp_path, monkeypatch):
    source = write_clip(tmp_path / "in.mp4", moving(1))
    monkeypatch.setattr("filmnet.jobs.video.plan_retiming", plan_without_frames(source))
    with pytest.raises(InputError, match="one frame only"):
        make(source, fps=50)
    assert left_in(tmp_path, "in.mp4") == []


def plan_without_frames(source):
    """`plan_retiming` as if the file did not say how many frames it has."""

    def plan(path, output, **options):
        two = write_clip(source.with_name("two.mp4"), moving(2))
        known = plan_retiming(two, output, **options)
        two.unlink()
        one = known.info.__class__(**{**vars(known.info), "path": str(path), "frames": None})
        return known.__class__(**{**vars(known), "info": one})

    return plan


def test_the_network_is_loaded_as_asked(tmp_path, gap_maker, monkeypatch):
    asked = []

    def load(*args, **options):
        asked.append((args, options))
        return gap_maker

    monkeypatch.setattr("filmnet.interpolation.load", load)
    source = write_clip(tmp_path / "in.mp4", moving(3))
    options = {"device": "cpu", "precision": "float32", "memory": "3GB", "tile": 640}
    options |= {"optimize": "never", "tta": 2}
    video_to_video(source, tmp_path / "out.mp4", fps=50, weights="w", **options)
    assert asked == [(("w",), {**options, "frames": 6})]
