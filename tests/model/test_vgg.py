import pytest
import torch
import torch.nn.functional as F

from filmnet.model import VGG_TAPS, Vgg19
from seeded_vgg import seeded_state, seeded_vgg


def _picture(height=20, width=24, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_features_are_those_of_the_layers_written_out():
    picture = _picture(33, 21)
    state = seeded_state()
    x = 255 * picture - torch.tensor([123.68, 116.779, 103.939]).view(3, 1, 1)
    expected = []
    for block, count in enumerate((2, 2, 4, 4, 2), start=1):
        if block > 1:  # TensorFlow's SAME: an odd border is averaged over what is there
            pad = (0, x.shape[-1] % 2, 0, x.shape[-2] % 2)
            seen = F.avg_pool2d(F.pad(torch.ones_like(x), pad), 2)
            x = F.avg_pool2d(F.pad(x, pad), 2) / seen
        for number in range(1, count + 1):
            name = f"conv{block}_{number}"
            x = F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=1).relu()
            if number == 2:
                expected.append(x)
    features = seeded_vgg()(picture)
    for made, wanted in zip(features, expected, strict=True):
        torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-3)  # features reach hundreds


def test_features_are_finest_first_and_odd_sizes_round_up():
    shapes = [tuple(feature.shape[1:]) for feature in seeded_vgg()(_picture(35, 9))]
    assert shapes == [(64, 35, 9), (128, 18, 5), (256, 9, 3), (512, 5, 2), (512, 3, 1)]


def test_a_picture_of_one_pixel_has_features():
    assert [f.shape[-1] for f in seeded_vgg()(_picture(1, 1))] == [1, 1, 1, 1, 1]


def test_a_uniform_picture_stays_uniform_through_an_odd_pool():
    network = seeded_vgg(VGG_TAPS[:2])
    for name, parameter in network.convs.named_parameters():
        if name.endswith("weight"):  # keeps only the middle of each kernel: no border is seen
            parameter[..., [0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 2, 0, 2, 0, 1, 2]] = 0
    feature = network(torch.full((1, 3, 7, 5), 0.3))[1]
    torch.testing.assert_close(feature, feature[..., :1, :1].expand_as(feature))


def test_torchvisions_input_rule_is_its_normalisation():
    network = Vgg19(VGG_TAPS[:1], "torchvision")
    wanted = seeded_vgg(VGG_TAPS[:1])
    network.convs.load_state_dict(wanted.convs.state_dict())
    picture = _picture()
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    means = torch.tensor([123.68, 116.779, 103.939]).view(3, 1, 1)
    as_means = ((picture - mean) / deviation + means) / 255
    torch.testing.assert_close(network(picture)[0], wanted(as_means)[0], rtol=1e-4, atol=1e-4)


def test_gradients_flow_to_the_picture_and_not_to_the_kernels():
    network = seeded_vgg()
    picture = _picture().requires_grad_()
    sum(feature.mean() for feature in network(picture)).backward()
    assert picture.grad.abs().min() > 0
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())
    assert not network.training


def test_the_picture_is_not_changed():
    picture = _picture()
    before = picture.clone()
    seeded_vgg(VGG_TAPS[:1])(picture)
    assert torch.equal(picture, before)


def test_nothing_past_the_last_tap_is_there():
    network = Vgg19(VGG_TAPS[:3])
    assert network.taps == ("conv1_2", "conv2_2", "conv3_2")
    assert list(network.convs)[-1] == "conv3_2"
    assert list(Vgg19().convs)[-1] == "conv5_2"


def test_a_new_network_takes_no_random_numbers():
    before = torch.get_rng_state()
    Vgg19(VGG_TAPS[:2])
    assert torch.equal(torch.get_rng_state(), before)


def test_pictures_in_half_precision_are_computed_in_float32():
    picture = _picture().half()
    (feature,) = seeded_vgg(VGG_TAPS[:1])(picture)
    assert feature.dtype == torch.float32


@pytest.mark.parametrize("taps", [(), ("conv2_2",), ("conv1_2", "conv3_2"), ("conv1_1",)])
def test_other_taps_are_refused(taps):
    with pytest.raises(ValueError, match="are not the first of"):
        Vgg19(taps)


def test_an_unknown_input_rule_is_refused():
    with pytest.raises(ValueError, match="input rule 'bgr' is none of"):
        Vgg19(input_rule="bgr")
