"""Damaged videos of ten kinds: a job reads each as far as it goes, or says one sentence."""

import os
import random
import signal
import sys
import traceback

import pytest

from filmnet.errors import FilmnetError
from filmnet.jobs import plan_retiming, video_to_video
from media.video_files import write_video
from video_files import read_clip, texture, write_clip
from video_material import run_apart

KINDS = {
    "H.264 with sound in mp4": ("a.mp4", None),
    "H.264 with B-frames in mkv": ("a.mkv", ("libx264", {"bf": "3"})),
    "HEVC in mov": ("a.mov", ("libx265", {"x265-params": "log-level=none"})),
    "AV1 in mp4": ("b.mp4", ("libsvtav1", {"preset": "10"})),
    "VP9 in webm": ("a.webm", ("libvpx-vp9", {"deadline": "realtime"})),
    "MPEG-4 in avi": ("a.avi", ("mpeg4", {})),
    "MPEG-2 in a transport stream": ("a.ts", ("mpeg2video", {})),
    "MPEG-1 in a program stream": ("a.mpg", ("mpeg1video", {})),
    "ProRes in mov": ("b.mov", ("prores_ks", {})),
    "FLV": ("a.flv", ("flv1", {})),
}
PER_KIND = 20  # times ten kinds are 200
MOST_FRAMES = 2000
"""A changed instant may make a video of an hour, which is a long job and not a hang."""

SECONDS = 240
"""After which a kind hangs."""


def write(folder, kind):
    name, how = KINDS[kind]
    if how is None:
        pictures = [texture(2 * k) for k in range(12)]
        return write_clip(folder / name, pictures, sound=0.5)
    codec, options = how
    pixels = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    return write_video(
        folder / name, 12, codec=codec, pixel_format=pixels, size=(64, 64), options=options
    )


def mutate(data, rng):
    """Change, drop, repeat or cut off some bytes."""
    data = bytearray(data)
    way = rng.choice(["change", "change", "header", "drop", "repeat", "cut off"])
    at, length = rng.randrange(len(data)), rng.randint(1, 200)
    if way == "change":
        for _ in range(rng.choice([1, 10, 100])):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif way == "header":
        for _ in range(rng.choice([1, 5])):
            data[rng.randrange(min(1000, len(data)))] = rng.randrange(256)
    elif way == "drop":
        del data[at : at + length]
    elif way == "repeat":
        data[at:at] = data[at : at + length]
    else:
        del data[at:]
    return bytes(data)


class Holding:
    """Makes frames that are their first neighbour."""

    def describe(self):
        return "holds"

    identify = describe

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        yield from (image0 for _ in times)


def try_all(folder, kind):
    """Run a job on each mutant; how many gave an output."""
    source = write(folder, kind)
    whole, rng, read = source.read_bytes(), random.Random(kind), 0
    mutant = folder / f"mutant{source.suffix}"
    for number in range(PER_KIND):
        mutant.write_bytes(mutate(whole, rng))
        output = folder / f"{number}.mp4"
        try:
            if plan_retiming(mutant, output, fps=50).frames > MOST_FRAMES:
                continue
            summary = video_to_video(mutant, output, fps=50, interpolator=Holding())
        except FilmnetError as error:
            sentence = str(error)
            assert "\n" not in sentence, sentence
            assert not output.exists(), sentence
        else:
            assert len(read_clip(output)) == summary.frames
            read += 1
        assert not list(folder.glob(".filmnet-*")), number
    return read


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="each kind has a process of its own")
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_video_is_read_as_far_as_it_goes_or_gives_one_sentence(tmp_path, kind):
    def work():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        try:
            (tmp_path / "read").write_text(str(try_all(tmp_path, kind)), "ascii")
        except BaseException:  # noqa: BLE001 - a copy of the tests must end here
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)

    _, status = os.waitpid(run_apart(work), 0)
    assert status == 0, f"ended by {status}"  # 14: it hangs; 6 or 11: it crashes
    assert int((tmp_path / "read").read_text("ascii")) > 0
