import numpy as np

from filmnet.evaluation.kinds import Protocol
from filmnet.evaluation.xiph import crop_centre, halve


def test_film_averages_in_linear_light_and_the_community_stored_values():
    board = np.zeros((4, 4, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    linear = round(255 * 0.5 ** (1 / 2.2))
    assert (halve(board, Protocol.film) == linear).all()
    assert np.isin(halve(board, Protocol.community), (127, 128)).all()


def test_flat_pictures_keep_every_level_in_both_protocols():
    levels = np.repeat(np.arange(256, dtype=np.uint8), 2)[None, :, None]
    picture = np.broadcast_to(levels, (2, 512, 3))
    for protocol in Protocol:
        halved = halve(picture, protocol)
        assert halved.shape == (1, 256, 3)
        assert np.array_equal(halved[0, :, 0], np.arange(256))


def test_an_odd_last_row_is_left_out():
    assert halve(np.zeros((5, 7, 3), np.uint8), Protocol.film).shape == (2, 3, 3)


def test_the_centre_is_2048_by_1080_and_smaller_frames_stay_whole():
    picture = np.zeros((1084, 2054, 3), np.uint8)
    picture[2, 3] = 1
    picture[1081, 2050] = 2
    cropped = crop_centre(picture)
    assert cropped.shape == (1080, 2048, 3)
    assert (cropped[0, 0, 0], cropped[-1, -1, 0]) == (1, 2)
    assert crop_centre(picture[:10, :20]).shape == (10, 20, 3)
