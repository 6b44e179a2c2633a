from collections import Counter
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.jobs import video_to_video
from filmnet.jobs.retiming_plan import plan_retiming
from filmnet.jobs.video_pieces import can_be_divided, frames_per_piece, join_pieces, make_pieces
from video_files import plain, read_clip, write_clip
from video_files import texture as texture_of_size
from video_material import decoded_planes, heard

FRAMES_PER_PIECE = 6

texture = partial(texture_of_size, size=(128, 96))
"""On less than 8 blocks side by side x264 with AVX-512 does not repeat what it made."""


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr("filmnet.media.segments._MOST_FRAMES", FRAMES_PER_PIECE)


def divided(source, target, maker, folder, stops, **options):
    """Make each stretch by itself, from the last to the first, and join them."""
    plan = plan_retiming(source, target, **options)
    assert frames_per_piece(plan) == FRAMES_PER_PIECE
    pieces = []
    for start, stop in reversed(list(pairwise([0, *stops, None]))):
        made = []
        make_pieces(plan, maker, folder, start=start, stop=stop, on_piece=made.append)
        pieces = made + pieces
    written = join_pieces(
        plan, [piece.path for piece in pieces], [piece.stop - piece.start for piece in pieces]
    )
    assert list(folder.iterdir()) == []
    return written, pieces


def scenes():
    """Motion, a cut, a still, another cut, and repeats."""
    return [
        *(texture(2 * k) for k in range(9)),
        *(texture(3 * k, seed=5) for k in range(8)),
        *[texture(21, seed=5)] * 5,
        *(texture(2 * (k // 2), seed=9) for k in range(14)),
    ]


SOURCES = {
    "steady": {},
    "varying": {"times": [Fraction(k, 25) + (k % 3) * Fraction(1, 200) for k in range(36)]},
    "with a long still": {
        "times": [Fraction(k, 25) + (2 if k > 20 else 0) * Fraction(1) for k in range(36)]
    },
}
WAYS = {
    "smoother": {"fps": 60},
    "slower": {"slower": 3},
    "fewer": {"fps": 10},
    "dedupe": {"fps": 60, "dedupe": True},
    "blended": {"fps": 47, "at_cuts": "blend"},
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("way", WAYS)
def test_stretches_made_by_themselves_join_to_the_undivided_video(tmp_path, gap_maker, kind, way):
    source = write_clip(tmp_path / "in.mp4", scenes(), sound=1.4, **SOURCES[kind])
    whole = video_to_video(
        source, tmp_path / "whole.mp4", crf=8, interpolator=gap_maker, **WAYS[way]
    )
    (tmp_path / "pieces").mkdir()
    stops = [6, 12, 30] if whole.frames > 30 else [6]
    written, _ = divided(
        source, tmp_path / "out.mp4", gap_maker, tmp_path / "pieces", stops, crf=8, **WAYS[way]
    )
    assert (written.frames, written.seconds) == (whole.frames, whole.seconds)
    one, other = decoded_planes(tmp_path / "whole.mp4"), decoded_planes(tmp_path / "out.mp4")
    assert len(one) == len(other) == whole.frames
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert np.array_equal(heard(tmp_path / "whole.mp4")[1], heard(tmp_path / "out.mp4")[1])


def test_each_stretch_makes_its_own_frames_only(tmp_path, gap_maker):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(30)])
    (tmp_path / "pieces").mkdir()
    plan = plan_retiming(source, tmp_path / "out.mp4", fps=50)
    made, seen = [], []
    tally = make_pieces(
        plan,
        gap_maker,
        tmp_path / "pieces",
        start=30,
        stop=42,
        on_piece=made.append,
        progress=seen.append,
    )
    assert [(piece.start, piece.stop) for piece in made] == [(30, 36), (36, 42)]
    assert Counter(len(read_clip(piece.path)) for piece in made) == {6: 2}
    assert gap_maker.made <= 7
    assert tally.made < 20
    assert (seen[-1].frames_done, seen[-1].frames_total) == (12, 12)


def test_beyond_the_end_there_is_nothing(tmp_path, gap_maker):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(10)])
    plan = plan_retiming(source, tmp_path / "out.mp4", fps=50)
    made = []
    make_pieces(plan, gap_maker, tmp_path, start=600, stop=None, on_piece=made.append)
    assert made == []
    assert gap_maker.made == 0


def test_only_encoded_video_is_divided(tmp_path, gap_maker):
    source = write_clip(tmp_path / "in.mp4", [plain(10 * k) for k in range(4)])
    assert can_be_divided(plan_retiming(source, tmp_path / "out.mkv", fps=50))
    plan = plan_retiming(source, tmp_path / "out.gif", fps=50)
    assert not can_be_divided(plan)
    with pytest.raises(ValueError, match="only encoded video"):
        make_pieces(plan, gap_maker, tmp_path, start=0, stop=None, on_piece=print)


def test_what_fails_leaves_no_part(tmp_path, gap_maker, monkeypatch):
    source = write_clip(tmp_path / "in.mp4", [texture(2 * k) for k in range(10)])
    (tmp_path / "pieces").mkdir()
    plan = plan_retiming(source, tmp_path / "out.mp4", fps=50)

    def fail(*_, **__):
        raise InputError("no such frame")

    monkeypatch.setattr(gap_maker, "between", fail)
    with pytest.raises(InputError):
        make_pieces(
            plan, gap_maker, tmp_path / "pieces", start=0, stop=None, on_piece=lambda piece: None
        )
    assert list((tmp_path / "pieces").iterdir()) == []
