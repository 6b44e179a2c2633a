from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from filmnet.errors import WeightsError
from filmnet.web.network import SharedNetwork


def test_it_is_loaded_once_however_many_ask():
    loaded = []

    def load():
        loaded.append(object())
        return loaded[-1]

    network = SharedNetwork(load)
    assert loaded == []
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: network.get(), range(20)))
    assert found == set(loaded)
    assert len(loaded) == 1


def test_a_failure_is_told_and_tried_again():
    answers = iter([WeightsError("none"), "network"])

    def load():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    network = SharedNetwork(load)
    with pytest.raises(WeightsError):
        network.get()
    assert network.get() == "network"
