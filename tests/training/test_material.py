import pickle
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from filmnet.errors import RecipeError
from filmnet.training.augmentation import Augmentation
from filmnet.training.data import TripletDataset
from filmnet.training.layouts import open_sequences
from filmnet.training.material import open_material, split_into_stretches
from filmnet.training.recipe import Stage
from filmnet.training.scenes import SceneConfig
from material import sliding, write_photo, write_sequence, write_vimeo

STAGE = Stage(steps=1, crop_px=24, motion_px=100.0, real_share=1.0)
NOTHING = Augmentation(
    quarter_turns=False, mirror_probability=0, swap_probability=0, channel_shuffle_probability=0
)


def dataset(data, stage=STAGE, augmentation=NOTHING, seed=0):
    return TripletDataset(data, stage, SceneConfig(), augmentation, seed)


def grey(level, size=32):
    return np.full((size, size, 3), level, dtype=np.uint8)


def write_greys(folder, count, frames=3, size=32):
    """Triplets whose n-th is grey of level 10 n, 10 n + 1, 10 n + 2 …"""
    for n in range(count):
        write_sequence(folder / f"{n}", [grey(10 * n + i, size) for i in range(frames)])
    return folder


def levels(sample):
    return [round(float(image.mean()) * 255) for image in sample[:3]]


def visited(samples, numbers):
    return [levels(samples[i])[0] // 10 for i in numbers]


def equal(sample, other):
    return all(torch.equal(a, b) for a, b in zip(sample, other, strict=True))


def test_an_epoch_visits_every_triplet_once_and_the_next_in_another_order(tmp_path):
    samples = dataset(write_greys(tmp_path, 12))
    first, second = visited(samples, range(12)), visited(samples, range(12, 24))
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert first != visited(dataset(tmp_path, seed=1), range(12))


def test_real_triplets_among_scenes_are_visited_once_per_epoch_too(tmp_path):
    write_greys(tmp_path, 6, size=64)
    samples = [dataset(tmp_path, replace(STAGE, real_share=0.5))[i] for i in range(12)]
    real = [levels(sample)[0] // 10 for sample in samples if not sample.flow_known]
    assert sorted(real) == list(range(6))


def test_a_run_that_resumes_in_the_middle_of_an_epoch_goes_on_with_the_next_sample(tmp_path):
    data = write_vimeo(tmp_path, 7)
    whole = [dataset(data, augmentation=Augmentation())[i] for i in range(20)]
    resumed = dataset(data, augmentation=Augmentation())
    assert all(equal(resumed[i], whole[i]) for i in range(10, 20))


def test_worker_processes_make_the_same_samples_in_order(tmp_path):
    samples = dataset(write_vimeo(tmp_path, 5), augmentation=Augmentation())
    alone = [samples[i] for i in range(3, 9)]
    loader = DataLoader(samples, batch_size=None, sampler=range(3, 9), num_workers=2)
    assert all(equal(a, b) for a, b in zip(loader, alone, strict=True))


def test_another_process_makes_the_same_sample(tmp_path):
    samples = dataset(write_vimeo(tmp_path, 5, frames=7), augmentation=Augmentation())
    sent = tmp_path / "dataset.pickle"
    sent.write_bytes(pickle.dumps(samples))
    code = (
        "import pickle, sys; d = pickle.load(open(sys.argv[1], 'rb')); s = d[8];"
        "print(float(s.t), *(repr(float(x.double().sum())) for x in s[:3]))"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, sent], capture_output=True, check=True, text=True
    ).stdout.split()
    sample = samples[8]
    expected = [float(sample.t), *(float(x.double().sum()) for x in sample[:3])]
    assert [float(figure) for figure in made] == expected


def test_the_middle_of_a_triplet_is_the_truth(tmp_path):
    sample = dataset(write_greys(tmp_path, 1))[0]
    assert levels(sample) == [0, 1, 2]
    assert sample.t == 0.5
    assert sample.flow_known == 0


def test_a_septuplet_gives_any_t(tmp_path):
    greys = [grey(10 * i) for i in range(7)]
    write_sequence(tmp_path / "sequences" / "00001" / "0001", greys)
    (tmp_path / "sep_trainlist.txt").write_text("00001/0001\n")
    samples = dataset(tmp_path, replace(STAGE, midpoint_share=0.0))
    seen = set()
    for i in range(150):
        sample = samples[i]
        first, middle, last = levels(sample)
        assert first < middle < last
        assert float(sample.t) == pytest.approx((middle - first) / (last - first))
        seen.add((first, middle, last))
    # All of the 35 triplets i < j < k of seven frames; wide ones are drawn more rarely.
    assert len(seen) == 35


def test_a_septuplet_gives_midpoints_alone_where_these_are_wanted(tmp_path):
    write_vimeo(tmp_path, 2, frames=7)
    samples = dataset(tmp_path, replace(STAGE, midpoint_share=1.0))
    assert {float(samples[i].t) for i in range(40)} == {0.5}


def test_inputs_lie_no_farther_apart_than_the_motion_allows(tmp_path):
    write_sequence(tmp_path / "a", sliding(9, step=2, size=64))
    samples = open_material(tmp_path, replace(STAGE, motion_px=8.9), 0)
    shown = [np.asarray(frame) for frame in sliding(9, step=2, size=64)]
    for i in range(30):
        triplet = samples.triplet(i, np.random.default_rng(i))
        numbers = [
            next(n for n, frame in enumerate(shown) if np.array_equal(frame, made))
            for made in triplet.frames
        ]
        # 2 px per frame: four frames are 8 px, five would be 10. DIS is off by 0.1 px or less.
        assert 2 <= numbers[2] - numbers[0] <= 4


def test_a_long_sequence_counts_as_several(tmp_path):
    write_sequence(tmp_path / "long", [grey(0, 8)] * 140)
    write_sequence(tmp_path / "short", [grey(0, 8)] * 7)
    stretches = split_into_stretches(open_sequences(tmp_path)).tolist()
    assert stretches == [[0, 0, 70], [0, 70, 70], [1, 0, 7]]


def test_the_whole_frame_is_changed_before_the_crop(tmp_path):
    # A frame that is white but for its frame's corner: only a rotation of the whole frame lets
    # black into crops from all four sides of a square frame.
    write_sequence(tmp_path / "a", [grey(255, 64)] * 3)
    rotated = replace(NOTHING, rotation_probability=1.0)
    samples = dataset(tmp_path, replace(STAGE, crop_px=64), rotated)
    corners = [samples[i].truth[:, [0, 0, -1, -1], [0, -1, 0, -1]] for i in range(5)]
    assert all(float(corner.max()) < 0.5 for corner in corners)


def test_frames_are_textures_where_there_are_no_photos(tmp_path):
    write_vimeo(tmp_path, 3, size=64)
    samples = dataset(tmp_path, replace(STAGE, real_share=0.0))
    assert samples[0].flow_known == 1
    assert len(samples.material.textures) == 3
    assert samples.material.textures[1].shape == (64, 64, 3)
    assert np.array_equal(samples.material.textures[1], sliding(3, seed=1)[1])


def test_a_dataset_pickles_without_its_pictures(tmp_path):
    samples = dataset(write_vimeo(tmp_path, 4))
    sample = samples[2]
    sent = pickle.dumps(samples)
    assert len(sent) < 4000
    assert equal(pickle.loads(sent)[2], sample)


def test_a_frame_smaller_than_the_crop_is_refused_before_the_first_step(tmp_path):
    write_vimeo(tmp_path, 2, size=20)
    with pytest.raises(RecipeError, match=r"im1\.png: 20x20 is smaller .* \(24 px\); lower its"):
        dataset(tmp_path)


def test_a_frame_too_small_for_a_texture_is_refused_where_scenes_are_wanted(tmp_path):
    write_vimeo(tmp_path, 1, size=48)
    dataset(tmp_path)
    with pytest.raises(RecipeError, match=r"48x48 is smaller than the stage needs \(64 px\)"):
        dataset(tmp_path, replace(STAGE, real_share=0.5))


def test_frames_of_different_size_are_named(tmp_path):
    write_greys(tmp_path, 1)
    write_photo(tmp_path / "0" / "im2.png", grey(1, 40))
    with pytest.raises(RecipeError, match=r"frames .* differ in size \(32x32 and 40x40\)"):
        dataset(tmp_path)[0]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_frame_is_one_sentence_from_a_worker_as_well(tmp_path, workers):
    write_greys(tmp_path, 1)
    (tmp_path / "0" / "im3.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    loader = DataLoader(dataset(tmp_path), batch_size=None, sampler=range(1), num_workers=workers)
    iterator = iter(loader)
    with pytest.raises(RecipeError) as caught:
        next(iterator)
    assert str(caught.value).startswith(f"{tmp_path}/0/im3.png: damaged or cut short")
    assert "\n" not in str(caught.value)
    assert list(iterator) == []  # lets the worker end


def test_a_frame_that_went_missing_is_named(tmp_path):
    data = write_vimeo(tmp_path, 1)
    samples = dataset(data)
    (data / "sequences" / "00001" / "0001" / "im2.png").unlink()
    with pytest.raises(RecipeError, match=r"im2\.png: cannot be read \(No such file"):
        samples[0]


def test_a_list_with_gaps_ends_before_the_first_step(tmp_path):
    shutil.rmtree(write_vimeo(tmp_path, 2) / "sequences" / "00001" / "0002")
    with pytest.raises(RecipeError, match=r"names 1 that sequences/ does not hold"):
        dataset(tmp_path)


def test_clips_have_to_be_prepared(raw_material):
    with pytest.raises(RecipeError, match=r"not a pack .* `filmnet data prepare` makes a pack"):
        open_material(raw_material, STAGE, 0)
