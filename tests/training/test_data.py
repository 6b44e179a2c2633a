import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from filmnet.errors import RecipeError
from filmnet.training.augmentation import Augmentation
from filmnet.training.data import TripletDataset
from filmnet.training.material import PHOTO_WEIGHT
from filmnet.training.pack import open_windows, prepare_pack
from filmnet.training.recipe import Stage
from filmnet.training.scenes import SceneConfig
from material import TINY_PACK, sliding, texture, write_clip, write_photo

STAGE = Stage(steps=1, crop_px=24, motion_px=6.0, real_share=0.5)
REAL = replace(STAGE, real_share=1.0)
SCENES = replace(STAGE, real_share=0.0)


def dataset(pack, stage=STAGE, seed=0):
    return TripletDataset(pack, stage, SceneConfig(), Augmentation(), seed)


def equal(sample, other):
    return all(torch.equal(a, b) for a, b in zip(sample, other, strict=True))


def grey_pack(folder):
    """A pack in which frame i of the only clip is of grey level 10 i, but for a moving mark."""
    frames = [np.full((64, 64, 3), 10 * i, dtype=np.uint8) for i in range(9)]
    prepare_pack(
        [write_clip(folder / "clips" / "a.mkv", sliding(9))],
        folder / "p",
        replace(TINY_PACK, frames=9),
    )
    path = folder / "p" / "windows" / "a.mkv.npy"
    windows = np.load(path)
    np.save(path, np.broadcast_to(np.stack(frames)[:, :32, :32], windows.shape))
    return folder / "p"


def test_a_sample_is_decided_by_seed_and_number_alone(pack):
    samples, again = dataset(pack), dataset(pack)
    backwards = [again[i] for i in reversed(range(8))][::-1]
    assert all(equal(samples[i], backwards[i]) for i in range(8))
    assert not equal(samples[0], samples[1])
    assert not equal(samples[0], dataset(pack, seed=1)[0])


@pytest.mark.parametrize("stage", [REAL, SCENES])
def test_samples_have_the_stated_shapes_and_ranges(pack, stage):
    for i in range(12):
        sample = dataset(pack, stage)[i]
        for image in (sample.image0, sample.truth, sample.image1):
            assert image.shape == (3, 24, 24)
            assert image.dtype == torch.float32
            assert image.min() >= 0
            assert image.max() <= 1
        assert sample.flow_01.shape == sample.flow_10.shape == (2, 24, 24)
        assert 0 < sample.t < 1
        assert sample.flow_known == (stage is SCENES)


def test_the_share_of_real_triplets_is_kept(pack):
    samples = dataset(pack, replace(STAGE, real_share=0.25, crop_px=8))
    known = [float(samples[i].flow_known) for i in range(200)]
    assert np.mean(known) == pytest.approx(0.75, abs=0.1)  # three standard deviations


def test_t_of_a_real_triplet_is_its_place_between_the_inputs(tmp_path):
    samples = dataset(grey_pack(tmp_path), replace(REAL, motion_px=16, midpoint_share=0.3))
    seen = set()
    for i in range(60):
        sample = samples[i]
        grey0, grey, grey1 = (float(x.mean()) for x in sample[:3])
        assert float(sample.t) == pytest.approx((grey - grey0) / (grey1 - grey0), abs=1e-5)
        seen.add((round(float(sample.t), 3), grey0 < grey1))
    assert len({t for t, _ in seen}) > 6
    assert len({order for _, order in seen}) == 2  # inputs are swapped half of the time


def test_real_triplets_span_no_more_motion_than_the_stage_allows(tmp_path):
    # The clip moves 2 px per frame, so that 8 px are four frames apart, 40 grey levels.
    samples = dataset(grey_pack(tmp_path), replace(REAL, motion_px=8.4))
    spans = [
        abs(float((s.image1 - s.image0).mean())) * 25.5 for s in map(samples.__getitem__, range(60))
    ]
    assert {round(span) for span in spans} == {2, 3, 4}


def test_midpoints_are_preferred_as_told(pack):
    always = dataset(pack, replace(REAL, midpoint_share=1.0, motion_px=4.4))
    assert {round(float(always[i].t), 3) for i in range(20)} == {0.5}


def test_a_worker_gets_the_path_and_not_the_material(pack):
    samples = dataset(pack)
    sample = samples[3]
    sent = pickle.dumps(samples)
    assert len(sent) < 2000
    assert equal(pickle.loads(sent)[3], sample)


def test_a_stage_without_its_material_is_refused_at_once(tmp_path):
    with pytest.raises(RecipeError, match=r"nothing to train on in it; expected a pack"):
        dataset(tmp_path)
    write_photo(tmp_path / "photos" / "1.png", texture(80, 80))
    prepare_pack([tmp_path], tmp_path / "p", TINY_PACK)
    with pytest.raises(RecipeError, match=r"no usable window .* add clips"):
        dataset(tmp_path / "p", REAL)
    dataset(tmp_path / "p", SCENES)


def test_photos_serve_as_textures_more_often_than_stills(pack):
    heights = [texture.shape[0] for texture in dataset(pack).material.textures]
    assert heights.count(80) == PHOTO_WEIGHT * heights.count(64) > 0


def test_photos_that_are_too_small_do_not_count(tmp_path):
    write_photo(tmp_path / "photos" / "1.png", texture(80, 63))
    prepare_pack([tmp_path], tmp_path / "p", TINY_PACK)
    with pytest.raises(RecipeError, match=r"no photo and no still of 64 px"):
        dataset(tmp_path / "p", SCENES)


def test_a_crop_larger_than_the_windows_is_refused(pack):
    with pytest.raises(RecipeError, match=r"windows of 32 px are smaller than .* crop_px 40"):
        dataset(pack, replace(STAGE, crop_px=40))


def test_real_samples_come_from_the_pack(pack):
    colours = {tuple(c) for clip in open_windows(pack) for c in clip.windows.reshape(-1, 3)}
    pixels = (dataset(pack, REAL)[0].image0 * 255).round().permute(1, 2, 0).reshape(-1, 3)
    found = {tuple(sorted(c)) for c in colours}
    assert all(tuple(sorted(map(int, p))) in found for p in pixels.tolist())
