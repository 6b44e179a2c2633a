from filmnet.evaluation.kinds import Protocol
from filmnet.evaluation.panel import PSNR, choose_measures


def names(*arguments, **options):
    return [measure.name for measure in choose_measures(*arguments, **options)]


def test_each_protocol_has_its_own_similarity():
    assert names(Protocol.film) == ["psnr", "ssim"]
    assert names(Protocol.community) == ["psnr", "ssim_matlab"]


def test_sequences_have_flicker_and_gradient_energy_beside():
    extra = ["flicker", "gradient_ratio"]
    assert names(Protocol.film, sequences=True) == ["psnr", "ssim", *extra]


def test_perceptual_measures_stand_where_they_are_at_hand():
    assert names(Protocol.film, [PSNR]) == ["psnr", "ssim", "psnr"]
