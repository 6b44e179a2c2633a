import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from filmnet.errors import OutputError, RecipeError
from filmnet.training.layouts import Layout, open_sequences, recognise
from filmnet.training.sequences import read_frame
from filmnet.training.triplet_set import TripletPlace, place_triplets, prepare_triplets
from filmnet.training.windows import Window
from material import TINY_PACK, sliding, texture, write_clip, write_photo


def rows(folder):
    with (folder / "triplets.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_triplets_of_a_clip_are_its_frames_in_vimeos_layout(tmp_path):
    frames = sliding(11)
    prepare_triplets([write_clip(tmp_path / "a.mkv", frames)], tmp_path / "set", TINY_PACK)
    assert recognise(tmp_path / "set") is Layout.TRIPLETS
    names = (tmp_path / "set" / "tri_trainlist.txt").read_text().split()
    assert names[0] == "00001/0001"
    sequences = open_sequences(tmp_path / "set")
    for number, row in enumerate(rows(tmp_path / "set")):
        assert row["triplet"] == sequences.name(number) == names[number]
        first, gap = int(row["first_frame"]), int(row["gap_frames"])
        for i in range(3):
            assert np.array_equal(read_frame(sequences, number, i), frames[first + i * gap])


def test_motion_is_measured_between_the_inputs(tmp_path):
    prepare_triplets([write_clip(tmp_path / "a.mkv", sliding(11))], tmp_path / "set", TINY_PACK)
    found = {int(row["gap_frames"]): float(row["motion_px"]) for row in rows(tmp_path / "set")}
    # 2 px per frame, over two frames and over four; DIS is off by a quarter pixel per frame.
    assert found == {1: pytest.approx(4, abs=0.5), 2: pytest.approx(8, abs=1)}


def test_gaps_double_around_the_middle_of_a_stretch():
    places = list(place_triplets([Window(first=10, top=0, left=0, motion=1.5)], 9))
    assert places == [
        TripletPlace(first=13, gap=1, motion=3.0),
        TripletPlace(first=12, gap=2, motion=6.0),
        TripletPlace(first=10, gap=4, motion=12.0),
    ]


def test_small_and_large_motion_are_kept_alike(tmp_path):
    # A clip that is slow and at its end fast: few of its triplets are, of those chosen as many.
    scene = texture(96, 200)
    places = [*range(40), *range(42, 42 + 10 * 3, 3)]
    frames = [scene[:, x : x + 96].copy() for x in places]
    clip = write_clip(tmp_path / "a.mkv", frames)
    shares = []
    for count in (1000, 20):
        config = replace(TINY_PACK, stride=1, windows_per_clip=count)
        prepare_triplets([clip], tmp_path / f"{count}", config)
        shares.append(np.mean([float(row["motion_px"]) > 5 for row in rows(tmp_path / f"{count}")]))
    assert len(rows(tmp_path / "20")) == 20
    assert shares[1] > 2 * shares[0] > 0


def test_no_triplet_spans_what_is_left_out_and_the_reasons_are_told(tmp_path):
    frames = [*sliding(12, step=1), *sliding(13, step=1, seed=1)]
    frames[5] = np.clip(frames[5].astype(int) + 70, 0, 255).astype(np.uint8)  # a flash
    frames[18] = frames[17]  # a duplicate
    still = [texture(64, 64, 5)] * 1
    told = []
    clip = write_clip(tmp_path / "a.mkv", [*frames, *still])
    config = replace(TINY_PACK, stride=1)
    prepared = prepare_triplets([clip], tmp_path / "set", config, told.append)
    spans = [(int(r["first_frame"]), int(r["gap_frames"])) for r in rows(tmp_path / "set")]
    for first, gap in spans:
        inside = set(range(first, first + 2 * gap + 1))
        assert 5 not in inside
        assert not {11, 12} <= inside
        assert not {17, 18} <= inside
        assert not {24, 25} <= inside
    assert prepared.left_out == {"a.mkv": {"cuts": 2, "flashes": 2, "repeats": 1}}
    assert told[-1].line.endswith("; left out: cuts 2, flashes 2, repeats 1")
    description = json.loads((tmp_path / "set" / "prepared.json").read_text())
    assert description["left_out"] == prepared.left_out


def test_photos_alone_make_no_triplets(tmp_path):
    write_photo(tmp_path / "photos" / "1.png", texture(80, 96))
    with pytest.raises(RecipeError, match=r"no clip in it, and photos make no triplets"):
        prepare_triplets([tmp_path], tmp_path / "set", TINY_PACK)


def test_clips_without_true_motion_make_no_set(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", [texture(64, 64)] * 8)
    with pytest.raises(RecipeError, match=r"a\.mkv: no triplet with true motion in them"):
        prepare_triplets([clip], tmp_path / "set", TINY_PACK)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_vimeo_itself_is_never_replaced(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", sliding(9))
    (tmp_path / "vimeo").mkdir()
    (tmp_path / "vimeo" / "tri_trainlist.txt").write_text("00001/0001\n")
    with pytest.raises(OutputError, match=r"vimeo: exists and is not a set of triplets made here"):
        prepare_triplets([clip], tmp_path / "vimeo", TINY_PACK, overwrite=True)
    prepare_triplets([clip], tmp_path / "set", TINY_PACK)
    prepare_triplets([clip], tmp_path / "set", TINY_PACK, overwrite=True)
