import csv

import pytest
import torch

from filmnet.errors import OutputError
from filmnet.model import Film
from filmnet.training.loss_weights import LossWeights
from filmnet.training.report import METRICS_FILE, RunReport
from filmnet.training.watch import LossValues
from filmnet.weights import load_weights
from material import TINY_MODEL, tiny_recipe, write_triplets

CPU = torch.device("cpu")
LOSSES = LossValues(total=0.125, l1=0.1, vgg=7.0, style=0.0, flow=2.0, warped=0.3)


@pytest.fixture
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Film(TINY_MODEL).eval()


def rows(folder):
    with (folder / METRICS_FILE).open(newline="") as file:
        return list(csv.reader(file))


def test_figures_go_to_a_table_with_a_head(tmp_path):
    report = RunReport(tiny_recipe(), tmp_path / "run", (), CPU, 0)
    report.log(2, LOSSES, 1e-3, 61.4)
    report.log(6, LOSSES, 1e-3, 69.4)
    assert rows(tmp_path / "run") == [
        ["step", "seconds", "name", "value"],
        ["2", "61", "loss", "0.125"],
        ["2", "61", "l1", "0.1"],
        ["2", "61", "flow", "2"],
        ["2", "61", "warped", "0.3"],
        ["2", "61", "learning_rate", "0.001"],
        ["2", "61", "steps_per_second", "0.0325733"],
        ["6", "69", "loss", "0.125"],
        ["6", "69", "l1", "0.1"],
        ["6", "69", "flow", "2"],
        ["6", "69", "warped", "0.3"],
        ["6", "69", "learning_rate", "0.001"],
        ["6", "69", "steps_per_second", "0.5"],
    ]


def test_losses_that_count_at_some_step_are_logged_at_all(tmp_path):
    losses = LossWeights(l1=((0, 0.0),), vgg=((0, 0.0), (9, 1.0)))
    RunReport(tiny_recipe(losses=losses), tmp_path, (), CPU, 0).log(2, LOSSES, 1e-3, 1.0)
    names = [row[2] for row in rows(tmp_path)[1:]]
    assert names == ["loss", "vgg", "learning_rate", "steps_per_second"]


def test_a_run_that_went_back_drops_figures_of_later_steps(tmp_path):
    report = RunReport(tiny_recipe(), tmp_path, (), CPU, 0)
    for step in (2, 4, 6):
        report.log(step, LOSSES, 1e-3, 1.0)
    RunReport(tiny_recipe(), tmp_path, (), CPU, 4)
    assert {row[0] for row in rows(tmp_path)} == {"step", "2", "4"}


def test_figures_survive_a_run_that_cannot_write_when_it_goes_on(tmp_path, monkeypatch):
    RunReport(tiny_recipe(), tmp_path, (), CPU, 0).log(2, LOSSES, 1e-3, 1.0)
    before = rows(tmp_path)

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv, "writer", full)
    with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
        RunReport(tiny_recipe(), tmp_path, (), CPU, 2)
    assert rows(tmp_path) == before


def test_evaluation_tells_and_keeps_the_mean_psnr(tmp_path, model):
    sets = (write_triplets(tmp_path / "one"), write_triplets(tmp_path / "two", 1))
    report = RunReport(tiny_recipe(), tmp_path / "run", sets, CPU, 0)
    lines = list(report.evaluate(model, 4, 120.0))
    assert lines[0].startswith("step 4, 2 min: one ")
    assert lines[1].endswith(" dB")
    named = {name: float(value) for _, _, name, value in rows(tmp_path / "run")[1:]}
    assert named == pytest.approx(report.metrics, abs=1e-3)
    assert named.keys() == {"one", "two"}
    assert 5 < named["one"] < 60


def test_weights_are_written_in_half_precision_with_what_is_known_of_them(tmp_path, model):
    report = RunReport(tiny_recipe(), tmp_path, (), CPU, 0)
    report.metrics["davis"] = 21.5
    path = report.write_weights(model, 6, 1800.0)
    loaded = load_weights(path)
    info = loaded.info
    assert info.precision == "float16"
    assert (info.name, info.licence, info.times) == ("tiny", "Apache-2.0", "any")
    assert (info.config, info.padding) == (TINY_MODEL, tiny_recipe().padding)
    assert info.metrics == {"davis": 21.5}
    assert (info.training["steps"], info.training["hours"]) == (6, 0.5)
    assert info.training["recipe"]["stages"][1]["crop_px"] == 24
    assert "vgg" not in info.training
    assert "CPU threads" in info.training["hardware"]
    for name, weight in model.state_dict().items():
        assert torch.equal(loaded.state_dict[name], weight.half().float())


def test_weights_may_be_written_again(tmp_path, model):
    report = RunReport(tiny_recipe(), tmp_path, (), CPU, 0)
    assert report.write_weights(model, 2, 1.0) == report.write_weights(model, 4, 2.0)
    assert load_weights(tmp_path / "weights.safetensors").info.training["steps"] == 4


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(OutputError, match=r"metrics\.part: cannot be written"):
        RunReport(tiny_recipe(), tmp_path / "run", (), CPU, 0)


def test_weights_tell_for_which_instants_and_by_which_vgg_they_were_trained(tmp_path, model):
    vgg = {"sha256": "1234", "taps": ["conv1_2"]}
    report = RunReport(tiny_recipe(times="midpoint"), tmp_path, (), CPU, 0, vgg=vgg)
    info = load_weights(report.write_weights(model, 6, 1.0)).info
    assert info.times == "midpoint"
    assert info.training["vgg"] == vgg
