from __future__ import annotations

import torch

from filmnet.interpolation.engine import Engine
from filmnet.model import Film
from filmnet.weights import Padding


def test_the_network_that_came_in_is_left_as_it_was(tiny_model: Film) -> None:
    before = {k: v.clone() for k, v in tiny_model.state_dict().items()}
    Engine(tiny_model, Padding(), torch.device("cpu"), torch.bfloat16)
    for name, value in tiny_model.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, before[name])


def test_parts_equal_the_whole(tiny_model: Film) -> None:
    engine = Engine(tiny_model, Padding(multiple=8), torch.device("cpu"), torch.float32)
    image0, image1 = torch.rand(2, 1, 3, 16, 24)
    frames = engine.prepare(image0), engine.prepare(image1)
    with torch.inference_mode():
        whole = tiny_model(image0, image1, 0.3).image
    assert torch.allclose(engine.make(engine.pair(*frames), 0.3), whole, atol=1e-6)


def test_nothing_made_asks_for_gradients(tiny_model: Film) -> None:
    engine = Engine(tiny_model, Padding(multiple=8), torch.device("cpu"), torch.float32)
    frame = engine.prepare(torch.rand(1, 3, 8, 8))
    assert not engine.make(engine.pair(frame, frame), 0.5).requires_grad
