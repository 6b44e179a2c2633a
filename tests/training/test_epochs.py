import pytest

from filmnet.training.epochs import EpochOrder, number_among


def test_an_epoch_visits_each_item_once():
    order = EpochOrder(10, seed=0)
    visits = [order[i] for i in range(30)]
    for epoch in range(3):
        assert sorted(visits[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert visits[:10] != visits[10:20] != list(range(10))


def test_an_order_is_decided_by_seed_and_number_alone():
    order = EpochOrder(10, seed=4)
    forwards = [order[i] for i in range(30)]
    backwards = [order[i] for i in reversed(range(30))][::-1]
    assert forwards == backwards
    assert forwards != [EpochOrder(10, seed=5)[i] for i in range(30)]


@pytest.mark.parametrize("share", [0.0, 0.29, 0.5, 0.6, 1.0])
def test_a_share_is_kept_in_every_stretch_and_numbered_without_gaps(share):
    numbers = [number_among(i, share) for i in range(1000)]
    kept = [number for number in numbers if number is not None]
    assert kept == list(range(len(kept)))
    for start in range(0, 1000, 8):
        among = sum(number is not None for number in numbers[start : start + 8])
        # Within one of the share, and within rounding of it.
        assert abs(among - 8 * share) < 1 + 1e-9
