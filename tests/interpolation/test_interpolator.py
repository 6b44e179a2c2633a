from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from filmnet.errors import WeightsError
from filmnet.interpolation import Interpolator
from filmnet.interpolation.engine import Engine
from filmnet.model import Film
from filmnet.weights import Padding, WeightsInfo
from reference import reference_array

Make = Callable[..., Interpolator]


def picture(seed: int, height: int = 12, width: int = 17, dtype: Any = np.uint8) -> NDArray[Any]:
    generator = np.random.default_rng(seed)
    return generator.integers(0, np.iinfo(dtype).max + 1, (height, width, 3)).astype(dtype)


def test_padded_to_64_as_published_equals_the_published_wrapper(reference_model: Film) -> None:
    file = "film_tiny_align64.npz"
    info = WeightsInfo(name="tiny", config=reference_model.config)
    engine = Engine(reference_model, info.padding, torch.device("cpu"), torch.float32)
    made = Interpolator(engine, info).tensor(
        reference_array(file, "image0"), reference_array(file, "image1")
    )
    # The project's promise; measured here: 3e-6.
    assert float((made - reference_array(file, "image")).abs().max()) < 1e-4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays_come_out_as_they_went_in(make_interpolator: Make, dtype: Any) -> None:
    made = make_interpolator().midpoint(picture(1, dtype=dtype), picture(2, dtype=dtype))
    assert made.shape == (12, 17, 3)
    assert made.dtype == dtype


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (31, 33)])
def test_any_size_from_one_pixel_on(make_interpolator: Make, size: tuple[int, int]) -> None:
    for multiple in (1, 8):
        made = make_interpolator(multiple=multiple).midpoint(picture(1, *size), picture(2, *size))
        assert made.shape == (*size, 3)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 6, 9])
@pytest.mark.parametrize("times", ["any", "midpoint"])
def test_count_frames_are_made(make_interpolator: Make, times: str, count: int) -> None:
    frames = list(make_interpolator(times=times).between(picture(1), picture(2), count=count))
    assert len(frames) == count


def test_frames_are_made_lazily(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    frames = interpolator.between(picture(1), picture(2), count=1000)
    next(frames)
    next(frames)
    assert interpolator.engine.calls == {"prepare": 2, "pair": 1, "make": 2}


def test_any_time_weights_make_every_instant_in_one_step(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    frames = list(interpolator.between(picture(1), picture(2), times=[0.1, 0.5, Fraction(2, 3)]))
    assert interpolator.engine.calls == {"prepare": 2, "pair": 1, "make": 3}
    direct = interpolator.tensor(*(as_tensor(picture(i)) for i in (1, 2)), t=0.1)
    assert np.abs(as_array(direct).astype(int) - frames[0]).max() <= 1


def test_numpys_numbers_serve_as_well(make_interpolator: Make) -> None:
    a, b = picture(1), picture(2)
    interpolator = make_interpolator()
    assert len(list(interpolator.between(a, b, times=np.linspace(0.2, 0.8, 4)))) == 4
    assert len(list(interpolator.between(a, b, times=[np.float32(0.3)]))) == 1
    assert len(list(interpolator.sequence([a, b], np.int64(2)))) == 4


def test_a_series_prepares_each_frame_once(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    frames = list(interpolator.sequence((picture(i) for i in range(4)), 2))
    assert len(frames) == 4 + 3 * 2
    assert interpolator.engine.calls == {"prepare": 4, "pair": 3, "make": 6}


def test_a_series_returns_its_own_frames_untouched(make_interpolator: Make) -> None:
    given = [picture(i) for i in range(3)]
    frames = list(make_interpolator().sequence(given, [1, 3]))
    assert all(a is b for a, b in zip([frames[0], frames[2], frames[6]], given, strict=True))
    assert len(frames) == 7


def test_a_series_equals_its_pairs(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    a, b, c = (picture(i) for i in range(3))
    series = list(interpolator.sequence([a, b, c], 2))
    pairs = [a, *interpolator.between(a, b, count=2), b, *interpolator.between(b, c, count=2), c]
    assert all(np.array_equal(x, y) for x, y in zip(series, pairs, strict=True))


def test_a_series_reads_a_frame_only_when_its_gap_begins(make_interpolator: Make) -> None:
    read = []

    def source() -> Iterator[NDArray[Any]]:
        for i in range(100):
            read.append(i)
            yield picture(i)

    frames = make_interpolator().sequence(source(), 3)
    for _ in range(6):
        next(frames)
    assert len(read) == 3


def test_a_prepared_frame_serves_both_of_its_gaps(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    frames = [interpolator.prepare(picture(k)) for k in range(3)]
    assert not interpolator.engine.calls["prepare"]
    made = [*interpolator.between(*frames[:2], times=[0.25, 0.5])]
    made += interpolator.between(*frames[1:], times=[0.5])
    assert interpolator.engine.calls == {"prepare": 3, "pair": 2, "make": 3}
    assert np.array_equal(made[2], interpolator.midpoint(picture(1), picture(2)))


def test_a_loop_leads_back_without_repeating_the_first(
    make_interpolator: Make,
) -> None:
    interpolator = make_interpolator()
    a, b, c = (picture(i) for i in range(3))
    frames = list(interpolator.sequence([a, b, c], [1, 0, 2], loop=True))
    assert len(frames) == 6
    assert frames[3] is c
    back = list(interpolator.between(c, a, count=2))
    assert all(np.array_equal(x, y) for x, y in zip(frames[4:], back, strict=True))
    assert interpolator.engine.calls["prepare"] == 4 + 2  # the first again, not held on the way


def test_confidence_is_told_by_the_way_and_equals_that_of_the_pair_alone(
    make_interpolator: Make,
) -> None:
    for times in ("any", "midpoint"):
        interpolator = make_interpolator(times=times)
        images = [picture(seed) for seed in (1, 2, 3)]
        alone = [interpolator.confidence(images[i], images[(i + 1) % 3]) for i in range(3)]
        told: dict[int, Any] = {}
        interpolator.engine.calls.clear()
        list(interpolator.sequence(images, [3, 0, 3], loop=True, on_pair=told.__setitem__))
        assert told == {0: alone[0], 2: alone[2]}
        made = interpolator.engine.calls["prepare"], interpolator.engine.calls["pair"]
        assert made == ((4, 2) if times == "any" else (6, 6))
        list(interpolator.between(images[1], images[2], count=3, on_pair=told.__setitem__))
        assert told[0] == alone[1]


def test_the_same_picture_twice_is_certain(make_interpolator: Make) -> None:
    flat = np.full((12, 17, 3), 7, np.uint8)
    assert make_interpolator().confidence(flat, flat).value == pytest.approx(1)


def test_no_frames_between_means_no_network(make_interpolator: Make) -> None:
    interpolator = make_interpolator()
    assert len(list(interpolator.sequence([picture(1), picture(2)], 0))) == 2
    assert not interpolator.engine.calls


def test_a_tensor_is_neither_clipped_nor_rounded(make_interpolator: Make, tiny_model: Film) -> None:
    tiny_model.fusion.head.bias.data += 3.0
    pair = torch.rand(2, 2, 3, 9, 9)
    made = make_interpolator(model=tiny_model).tensor(*pair, t=0.25)
    assert made.shape == (2, 3, 9, 9)
    assert made.dtype == torch.float32
    assert float(made.min()) > 1
    assert not torch.equal(made, (made * 255).round() / 255)


def test_a_tensor_at_the_ends_is_the_input(make_interpolator: Make) -> None:
    image0, image1 = torch.rand(2, 1, 3, 9, 9)
    interpolator = make_interpolator()
    assert torch.equal(interpolator.tensor(image0, image1, 0.0), image0)
    assert torch.equal(interpolator.tensor(image0, image1, 1), image1)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
def test_half_precision_makes_the_same_picture_within_its_rounding(
    make_interpolator: Make, precision: torch.dtype
) -> None:
    a, b = picture(1), picture(2)
    exact = make_interpolator().midpoint(a, b).astype(float)
    rounded = make_interpolator(precision=precision).midpoint(a, b).astype(float)
    # bfloat16 has 8 bits: a few grey levels on noise through a random network.
    assert np.abs(exact - rounded).mean() < 3


def test_values_out_of_range_are_made_again_in_float32(
    make_interpolator: Make, tiny_model: Film, caplog: pytest.LogCaptureFixture
) -> None:
    first = tiny_model.extractor.stages[0][0]
    first.weight.data *= 1e6  # past float16's 65,504, and undone by the next layer
    tiny_model.extractor.stages[0][1].weight.data *= 1e-6
    a, b = picture(1), picture(2)
    interpolator = make_interpolator(model=tiny_model, precision=torch.float16)
    made = list(interpolator.sequence([a, b, a], 3))
    exact = list(make_interpolator(model=tiny_model).sequence([a, b, a], 3))
    assert all(np.array_equal(x, y) for x, y in zip(made, exact, strict=True))
    assert caplog.text.count("left the range of float16; made again in float32") == 2


def test_in_float32_too_each_frame_and_pair_is_computed_once(
    make_interpolator: Make, tiny_model: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_model.extractor.stages[0][0].weight.data *= 1e6
    interpolator = make_interpolator(model=tiny_model, precision=torch.float16)
    calls: list[str] = []
    for name in ("prepare", "pair"):
        original = getattr(Engine, name)

        def counted(
            self: Engine, *arguments: Any, name: str = name, original: Any = original
        ) -> Any:
            calls.append(f"{name} {self.precision}")
            return original(self, *arguments)

        monkeypatch.setattr(Engine, name, counted)
    list(interpolator.sequence([picture(i) for i in range(3)], 4))
    assert calls.count("prepare torch.float32") == 3
    assert calls.count("pair torch.float32") == 2


def test_a_flow_that_is_no_number_is_noticed(make_interpolator: Make, tiny_model: Film) -> None:
    tiny_model.flow.predictors[0].head.bias.data.fill_(float("nan"))
    with pytest.raises(WeightsError, match="no numbers"):
        make_interpolator(model=tiny_model).midpoint(picture(1), picture(2))


def test_damaged_weights_are_an_error_not_a_black_frame(
    make_interpolator: Make, tiny_model: Film
) -> None:
    tiny_model.fusion.head.bias.data.fill_(float("nan"))
    with pytest.raises(WeightsError, match=r"no numbers at t = 0\.5 in float32 too"):
        make_interpolator(model=tiny_model).midpoint(picture(1), picture(2))


def test_it_describes_itself_in_one_line(make_interpolator: Make) -> None:
    line = make_interpolator(precision=torch.bfloat16).describe()
    assert line.startswith("weights tiny (0.0 M parameters), cpu, bfloat16, ")


def test_weights_device_precision_and_way_identify_it(make_interpolator: Make) -> None:
    exact = make_interpolator().identify()
    assert exact.startswith("tiny, cpu, float32, ")
    assert "thread" not in exact  # as many as there are give the same pictures
    assert make_interpolator(precision=torch.bfloat16).identify().startswith("tiny, cpu, bfloat16")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either count or times"),
        ({"count": 1, "times": [0.5]}, "either count or times"),
        ({"count": -1}, "negative"),
        ({"times": [0.0]}, "strictly between"),
        ({"times": [0.5, 0.5]}, "do not rise"),
    ],
)
def test_wrong_instants_are_refused(
    make_interpolator: Make, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_interpolator().between(picture(1), picture(2), **arguments)


@pytest.mark.parametrize(
    ("image1", "message"),
    [
        (picture(1, 9, 9), "frames differ"),
        (picture(1, dtype=np.uint16), "frames differ"),
        (picture(1).astype(np.float32), "uint8 or uint16"),
        (picture(1)[..., :2], r"\(H, W, 3\)"),
    ],
)
def test_wrong_arrays_are_refused(
    make_interpolator: Make, image1: NDArray[Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_interpolator().between(picture(1), image1, count=1)


def test_too_few_counts_are_refused(make_interpolator: Make) -> None:
    with pytest.raises(ValueError, match="fewer entries than there are gaps"):
        list(make_interpolator().sequence([picture(i) for i in range(3)], [1]))


@pytest.mark.parametrize("t", [-0.1, 1.5])
def test_an_instant_outside_is_refused(make_interpolator: Make, t: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        make_interpolator().tensor(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8), t)


def as_tensor(image: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255


def as_array(image: torch.Tensor) -> NDArray[Any]:
    return (image[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()


def test_the_default_padding_is_the_published_one() -> None:
    assert Padding() == Padding(multiple=64, mode="zeros")
