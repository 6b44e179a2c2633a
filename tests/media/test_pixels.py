import numpy as np
import pytest
import torch

from filmnet.media.pixels import to_array, to_depth, to_tensor


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_code_value_survives_the_way_to_a_tensor_and_back(dtype):
    codes = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    picture = np.stack([codes, codes[::-1], codes], axis=-1)[None]
    assert np.array_equal(to_array(to_tensor(picture), dtype), picture)


def test_a_tensor_is_planar_float32_in_0_to_1():
    picture = np.zeros((2, 5, 3), np.uint8)
    picture[1, 4] = (255, 0, 51)
    tensor = to_tensor(picture)
    assert tensor.shape == (1, 3, 2, 5)
    assert tensor.dtype == torch.float32
    assert tensor[0, :, 1, 4].tolist() == pytest.approx([1.0, 0.0, 0.2])


def test_values_are_rounded_not_cut_off():
    tensor = torch.tensor([0.4 / 255, 0.6 / 255, 254.6 / 255]).reshape(3, 1, 1)
    assert to_array(tensor, np.uint8).ravel().tolist() == [0, 1, 255]


def test_values_outside_0_to_1_are_clipped():
    tensor = torch.tensor([-0.5, 1.5, 0.5]).reshape(1, 3, 1, 1)
    assert to_array(tensor, np.uint8).ravel().tolist() == [0, 255, 128]


def test_half_precision_is_converted():
    tensor = torch.full((3, 2, 2), 0.25, dtype=torch.bfloat16)
    assert (to_array(tensor, np.uint16) == 16384).all()


def test_what_is_not_finite_is_never_rounded():
    with pytest.raises(ValueError, match="not finite"):
        to_array(torch.full((3, 1, 1), float("nan")), np.uint8)


def test_the_picture_shares_no_memory_with_its_tensor():
    picture = np.zeros((2, 2, 3), np.uint8)
    to_tensor(picture).add_(1)
    assert not picture.any()


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (1, 4, 4, 3), (0, 4, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(H, W, 3\)"):
        to_tensor(np.zeros(shape, np.uint8))


def test_a_batch_is_not_one_picture():
    with pytest.raises(ValueError, match="one picture"):
        to_array(torch.zeros(2, 3, 4, 4), np.uint8)


def test_other_types_are_refused():
    with pytest.raises(ValueError, match="uint8 or uint16, not float32"):
        to_tensor(np.zeros((4, 4, 3), np.float32))


def test_depth_goes_up_and_down_without_loss():
    codes = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
    deep = to_depth(codes, np.uint16)
    assert deep.ravel()[[0, 255]].tolist() == [0, 65535]
    assert np.array_equal(to_depth(deep, np.uint8), codes)


def test_depth_goes_down_by_rounding():
    deep = np.array([128, 129, 65535 - 129, 65535 - 128], np.uint16).reshape(1, -1, 1)
    assert to_depth(deep, np.uint8).ravel().tolist() == [0, 1, 254, 255]


def test_the_right_depth_gives_the_same_array():
    picture = np.zeros((1, 1, 3), np.uint8)
    assert to_depth(picture, np.uint8) is picture
