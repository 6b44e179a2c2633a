import io
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from filmnet.errors import OutputError, RecipeError
from filmnet.media.flow_colours import draw_flow
from filmnet.model import FilmOutput
from filmnet.training import summaries
from filmnet.training.data import Sample
from filmnet.training.summaries import SHEET, Summaries


def _read(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0})
    accumulator.Reload()
    return accumulator


def _curve(folder, tag):
    return [(event.step, event.value) for event in _read(folder).Scalars(tag)]


def _image(accumulator, tag):
    (event,) = accumulator.Images(tag)
    return np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))


def _sample(batch=2, size=16):
    """Each picture has a grey of its own."""
    grey = [torch.full((batch, 3, size, size), value / 255) for value in (10, 20, 30)]
    flow = torch.zeros(batch, 2, size, size)
    return Sample(*grey, torch.full((batch,), 0.5), flow, flow, torch.zeros(batch))


def _output(batch=2, size=16):
    flow = torch.zeros(batch, 2, size, size)
    right, left = flow.clone(), flow.clone()
    right[:, 0], left[:, 0] = 4, -2
    return FilmOutput(
        image=torch.full((batch, 3, size, size), 40 / 255, requires_grad=True),
        flow_01=[right, right[..., ::2, ::2]],
        flow_10=[left, left[..., ::2, ::2]],
        image0_warped=torch.full((batch, 3, size, size), 1.7).bfloat16(),
        image1_warped=torch.full((batch, 3, size, size), -0.2),
    )


def test_curves_are_read_back_point_by_point(tmp_path):
    writer = Summaries(tmp_path / "run", 0)
    writer.scalars(10, {"loss": 0.5, "learning_rate": 0.25})
    writer.scalars(20, {"loss": 0.125})
    assert _curve(tmp_path / "run", "loss") == [(10, 0.5), (20, 0.125)]
    assert _curve(tmp_path / "run", "learning_rate") == [(10, 0.25)]


def test_a_run_that_goes_on_replaces_what_lies_after_its_step(tmp_path):
    first = Summaries(tmp_path, 0)
    for step in (10, 20, 30):
        first.scalars(step, {"loss": float(step)})
        first.images(step, _sample(), _output())
    second = Summaries(tmp_path, 20)
    second.scalars(25, {"loss": -1.0})
    assert _curve(tmp_path, "loss") == [(10, 10.0), (20, 20.0), (25, -1.0)]
    shown = _read(tmp_path / "pictures")
    assert [e.step for e in shown.Images(f"sample 1/{SHEET}")] == [10, 20]


def test_a_sheet_shows_what_its_tag_names_in_that_order(tmp_path):
    writer = Summaries(tmp_path, 0)
    writer.images(7, _sample(), _output())
    shown = _read(tmp_path / "pictures")
    assert shown.Tags()["images"] == [f"sample {i}/{SHEET}" for i in (1, 2)]
    sheet = _image(shown, f"sample 2/{SHEET}")
    assert sheet.shape == (32, 64, 3)
    places = [(y, x) for y in (0, 16) for x in (0, 16, 32, 48)]
    flow_01, flow_10 = (np.full((2, 1, 1), [[[dx]], [[0]]]) for dx in (4, -2))
    colours = {
        "image0": (10, 10, 10),
        "truth": (20, 20, 20),
        "image1": (30, 30, 30),
        "prediction": (40, 40, 40),
        "warped0": (255, 255, 255),  # beyond white
        "warped1": (0, 0, 0),  # below black
        "flow_01": draw_flow(flow_01, 4)[0, 0],
        "flow_10": draw_flow(flow_10, 4)[0, 0],  # of one scale: half as saturated
    }
    assert SHEET.replace(",", "").split() == list(colours)
    for (y, x), colour in zip(places, colours.values(), strict=True):
        assert (sheet[y : y + 16, x : x + 16] == colour).all()


def test_four_samples_at_most_are_shown(tmp_path):
    Summaries(tmp_path, 0).images(1, _sample(batch=6), _output(batch=6))
    assert len(_read(tmp_path / "pictures").Tags()["images"]) == 4


def test_large_pictures_are_shown_reduced(tmp_path):
    Summaries(tmp_path, 0).images(1, _sample(1, 600), _output(1, 600))
    sheet = _image(_read(tmp_path / "pictures"), f"sample 1/{SHEET}")
    assert sheet.shape == (512, 1024, 3)
    assert (sheet[:256, :256] == 10).all()


def test_values_that_are_no_numbers_are_shown_as_black(tmp_path):
    output = _output(1)
    output.image0_warped[:] = torch.nan
    output.flow_01[0][:] = torch.nan
    Summaries(tmp_path, 0).images(1, _sample(1), output)
    sheet = _image(_read(tmp_path / "pictures"), f"sample 1/{SHEET}")
    assert (sheet[16:, :16] == 0).all()
    assert (sheet[16:, 32:48] == 0).all()


def test_pictures_take_bounded_room_and_stay_spread_over_the_run(tmp_path, monkeypatch):
    writer = Summaries(tmp_path, 0)
    writer.images(1, _sample(), _output())
    (file,) = (tmp_path / "pictures").iterdir()
    bound = 6 * file.stat().st_size
    monkeypatch.setattr(summaries, "PICTURES_BYTES", bound)
    for step in range(2, 40):
        writer.images(step, _sample(), _output())
        assert sum(f.stat().st_size for f in (tmp_path / "pictures").iterdir()) <= bound
    shown = _read(tmp_path / "pictures").Images(f"sample 1/{SHEET}")
    steps = [event.step for event in shown]
    assert steps[0] == 1
    assert steps[-1] == 39
    assert len(steps) == 6
    # Five gaps over 38 steps; one that grew may be twice as wide as one that has not yet.
    assert max(np.diff(steps)) <= 2 * np.ceil(38 / 5)


def test_no_file_stays_open_and_no_thread_is_left(tmp_path):
    import threading

    before = threading.active_count()
    writer = Summaries(tmp_path, 0)
    writer.scalars(1, {"loss": 1.0})
    assert threading.active_count() == before
    curves = next(tmp_path.glob("events*"))
    written = curves.stat().st_size
    writer.scalars(2, {"loss": 1.0})
    assert curves.stat().st_size > written  # already there, without a close


def test_tensorflow_is_not_imported(tmp_path):
    Summaries(tmp_path, 0).scalars(1, {"loss": 1.0})
    assert "tensorflow" not in sys.modules


def test_without_tensorboard_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(RecipeError, match=r"pip install 'filmnet\[train\]'"):
        Summaries(tmp_path, 0)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/events.* cannot be written"):
        Summaries(tmp_path / "file", 0)
