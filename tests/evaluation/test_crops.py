import numpy as np
import pytest

from filmnet.evaluation.crops import QUESTIONS, find_squares
from filmnet.evaluation.samples import Sample
from material import texture

SIDE = 128


def sample(image0, truth, image1):
    return Sample(name="a", image0=image0, truth=truth, image1=image1)


def holds(square, y, x):
    inside_rows = square.top <= y < square.top + square.side
    return inside_rows and square.left <= x < square.left + square.side


def test_there_is_a_square_and_a_rule_for_each_of_the_papers_questions():
    assert list(QUESTIONS) == ["sharpness", "disocclusion", "large motion"]
    flat = np.zeros((40, 60, 3), np.uint8)
    squares = find_squares(sample(flat, flat, flat))
    assert list(squares) == list(QUESTIONS)
    assert {square.side for square in squares.values()} == {10}


def test_sharpness_is_where_the_truth_has_most_detail():
    flat = np.full((SIDE, SIDE, 3), 100, np.uint8)
    truth = flat.copy()
    truth[80:100, 20:40] = texture(20, 20)
    truth[80:100:2, 20:40] = 255
    assert holds(find_squares(sample(flat, truth, flat))["sharpness"], 90, 30)


def moving_patch(step):
    """A textured patch that moves to the right over a still textured ground."""
    ground, patch = texture(SIDE, SIDE, 1), texture(48, 48, 2)
    frames = []
    for k in range(3):
        frame = ground.copy()
        frame[40:88, 30 + k * step : 78 + k * step] = patch
        frames.append(frame)
    return sample(*frames)


def test_large_motion_is_where_the_patch_moves():
    square = find_squares(moving_patch(4))["large motion"]
    assert holds(square, square.top, square.left)
    centre = square.top + square.side // 2, square.left + square.side // 2
    assert 36 <= centre[0] <= 92
    assert 26 <= centre[1] <= 92


def test_disocclusion_is_at_the_patchs_edge_not_in_its_middle():
    square = find_squares(moving_patch(5))["disocclusion"]
    left, right = square.left, square.left + square.side
    assert any(left <= edge <= right for edge in (30, 40, 78, 88))
    assert square.score > 0.1


def test_squares_lie_inside_pictures_of_any_size():
    for height, width in ((1, 1), (5, 3), (17, 301), (700, 333)):
        pictures = [texture(height, width, k) for k in range(3)]
        for square in find_squares(sample(*pictures)).values():
            assert square.cut(pictures[1]).shape == (square.side, square.side, 3)


def test_large_pictures_are_searched_small_and_cut_at_full_size():
    pictures = [texture(540, 600, k) for k in range(3)]
    square = find_squares(sample(*pictures))["sharpness"]
    assert square.side == pytest.approx(540 / 4, abs=2)
