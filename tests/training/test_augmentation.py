from collections import Counter

import numpy as np
import pytest

from filmnet.errors import RecipeError
from filmnet.training import augmentation
from filmnet.training.augmentation import (
    Augmentation,
    Change,
    mirror,
    quarter_turn,
    rotate,
    swap,
)
from filmnet.training.recipe_file import read_recipe

PUBLISHED = Augmentation(
    quarter_turns=True,
    mirror_probability=0.5,
    rotation_probability=0.5,
    rotation_degrees=45,
    swap_probability=0.5,
    channel_shuffle_probability=0.0,
)


def picture(height=24, width=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def triplet():
    return [picture(seed=seed) for seed in range(3)]


def changes(settings, count=4000):
    generator = np.random.default_rng(0)
    return [settings.draw(generator) for _ in range(count)]


def test_four_quarter_turns_are_the_identity():
    turned = picture()
    for _ in range(4):
        turned = quarter_turn(turned, 1)
    assert np.array_equal(turned, picture())
    assert quarter_turn(picture(), 1).shape == (32, 24, 3)
    assert np.array_equal(quarter_turn(picture(), 3), quarter_turn(quarter_turn(picture(), 1), 2))


def test_a_quarter_turn_brings_the_right_side_up():
    assert np.array_equal(quarter_turn(picture(), 1)[0], picture()[:, -1])


def test_mirroring_twice_is_the_identity():
    assert np.array_equal(mirror(mirror(picture())), picture())
    assert np.array_equal(mirror(picture())[:, 0], picture()[:, -1])


def test_rotation_by_zero_is_the_identity():
    assert np.array_equal(rotate(picture(), 0.0), picture().astype(np.float32))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_rotation_by_ninety_degrees_is_a_quarter_turn(turns):
    # The centre falls on a pixel or between two; float32 coordinates are off by 1e-5 px at most,
    # and by as much of a step of 255. The outermost row may mix with the black beyond it.
    for side in (24, 25):
        square = picture(side, side)
        inner = np.s_[1:-1, 1:-1]
        turned = quarter_turn(square, turns)[inner].astype(np.float32)
        assert np.abs(rotate(square, 90.0 * turns)[inner] - turned).max() < 0.01


def test_rotation_is_bilinear_about_the_centre():
    # On a plane of grey levels bilinear sampling is exact: the rotated plane is known everywhere.
    y, x = np.mgrid[-20:21, -20:21].astype(np.float32)
    plane = np.dstack([100 + x + 2 * y] * 3).astype(np.float32)
    angle = np.deg2rad(30)
    # Counter-clockwise, y downwards: what is seen at (x, y) lay at (x cos - y sin, x sin + y cos).
    there_x = x * np.cos(angle) - y * np.sin(angle)
    there_y = x * np.sin(angle) + y * np.cos(angle)
    inside = np.maximum(abs(there_x), abs(there_y)) < 19
    difference = rotate(plane, 30)[..., 0] - (100 + there_x + 2 * there_y)
    # OpenCV before 5 samples at 1/32 px: half of that, on a slope of 3 levels per pixel.
    assert np.abs(difference[inside]).max() < 0.06
    assert inside.sum() > 1000


def test_rotation_leaves_black_where_the_frame_does_not_reach():
    white = np.full((24, 32, 3), 255, dtype=np.uint8)
    rotated = rotate(white, 45)
    assert rotated.shape == white.shape
    assert (rotated[0, 0] == 0).all()
    assert (rotated[12, 16] == 255).all()


def test_swapping_the_inputs_maps_t_to_one_minus_t():
    frames = triplet()
    swapped, t = swap(frames, 0.25)
    assert t == 0.75
    assert [id(frame) for frame in swapped] == [id(frame) for frame in reversed(frames)]
    again, t = swap(swapped, t)
    assert t == 0.25
    assert [id(frame) for frame in again] == [id(frame) for frame in frames]


def test_no_change_leaves_a_triplet_as_it_is():
    frames, t = Change().apply(triplet(), 0.3)
    assert t == 0.3
    assert all(np.array_equal(a, b) for a, b in zip(frames, triplet(), strict=True))


def test_the_changes_come_in_the_published_order(monkeypatch):
    order = []
    for name in ("quarter_turn", "mirror", "rotate", "swap"):
        original = getattr(augmentation, name)

        def recorded(*arguments, name=name, original=original):
            order.append(name)
            return original(*arguments)

        monkeypatch.setattr(augmentation, name, recorded)
    Change(quarter_turns=1, mirrored=True, degrees=20, swapped=True).apply(triplet(), 0.5)
    assert order == 3 * ["quarter_turn"] + 3 * ["mirror"] + 3 * ["rotate"] + ["swap"]


def test_all_three_frames_change_alike():
    change = Change(quarter_turns=1, mirrored=True, degrees=20, channels=(2, 0, 1))
    frames, _ = change.apply(triplet(), 0.5)
    for frame, original in zip(frames, triplet(), strict=True):
        expected = rotate(mirror(quarter_turn(original, 1)), 20)[..., [2, 0, 1]]
        assert np.array_equal(frame, expected)


def test_recolouring_moves_nothing():
    (frame,) = Change(quarter_turns=1, mirrored=True, channels=(1, 2, 0)).recolour([picture()])
    assert np.array_equal(frame, picture()[..., [1, 2, 0]])


def test_changes_are_as_frequent_as_published():
    drawn = changes(PUBLISHED)
    # Of 4000 draws at probability p, five standard deviations are 0.04 at 1/2, 0.034 at 1/4.
    turns = Counter(change.quarter_turns for change in drawn)
    assert all(turns[k] / 4000 == pytest.approx(0.25, abs=0.034) for k in range(4))
    for name in ("mirrored", "degrees", "swapped"):
        share = np.mean([bool(getattr(change, name)) for change in drawn])
        assert share == pytest.approx(0.5, abs=0.04)
    assert {change.channels for change in drawn} == {(0, 1, 2)}


def test_angles_are_uniform_up_to_the_largest():
    angles = np.array([change.degrees for change in changes(PUBLISHED) if change.degrees])
    counts, _ = np.histogram(angles, bins=9, range=(-45, 45))
    # Some 2000 angles: 222 per bin, with a standard deviation of 14.
    assert counts.sum() == len(angles)
    assert np.abs(counts - len(angles) / 9).max() < 70


def test_the_changes_of_a_triplet_do_not_depend_on_each_other():
    drawn = changes(PUBLISHED)
    pairs = Counter((change.mirrored, change.swapped, bool(change.degrees)) for change in drawn)
    # Eight combinations, 1/8 each: five standard deviations are 0.026.
    assert all(count / 4000 == pytest.approx(1 / 8, abs=0.026) for count in pairs.values())
    assert len(pairs) == 8


def test_what_is_switched_off_never_happens():
    off = Augmentation(
        quarter_turns=False,
        mirror_probability=0,
        rotation_probability=0,
        swap_probability=0,
        channel_shuffle_probability=0,
    )
    assert set(changes(off, 200)) == {Change()}


def test_a_probability_of_one_always_happens():
    always = Augmentation(
        mirror_probability=1, rotation_probability=1, swap_probability=1, rotation_degrees=10
    )
    drawn = changes(always, 200)
    assert all(change.mirrored and change.degrees and change.swapped for change in drawn)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mirror_probability": 1.5}, r"mirror_probability 1\.5 is not within 0\.\.1"),
        ({"rotation_degrees": -1}, r"rotation_degrees -1 is not within 0\.\.180"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**change)


def test_a_recipe_holds_it_and_mixes_up_no_truth_with_a_number(tmp_path):
    path = tmp_path / "recipe.toml"
    stage = 'name = "a"\n[[stages]]\nsteps = 1\ncrop_px = 64\n'
    path.write_text(stage + "[augmentation]\nquarter_turns = false\nrotation_probability = 0.5\n")
    expected = Augmentation(quarter_turns=False, rotation_probability=0.5)
    assert read_recipe(path).augmentation == expected
    path.write_text(stage + "[augmentation]\nquarter_turns = 1\n")
    with pytest.raises(RecipeError, match="quarter_turns = 1 is not of type bool"):
        read_recipe(path)
