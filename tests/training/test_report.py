import csv

import pytest
import torch

from filmnet.errors import OutputError
from filmnet.model import Film
from filmnet.training.report import METRICS_FILE, RunReport
from filmnet.weights import load_weights
from material import TINY_MODEL, tiny_recipe, write_triplets

CPU = torch.device("cpu")


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
    report.log(2, 0.125, 1e-3, 61.4)
    assert rows(tmp_path / "run") == [
        ["step", "seconds", "name", "value"],
        ["2", "61", "loss", "0.125"],
        ["2", "61", "learning_rate", "0.001"],
    ]


def test_a_run_that_went_back_drops_figures_of_later_steps(tmp_path):
    report = RunReport(tiny_recipe(), tmp_path, (), CPU, 0)
    for step in (2, 4, 6):
        report.log(step, 0.5, 1e-3, 1.0)
    RunReport(tiny_recipe(), tmp_path, (), CPU, 4)
    assert [row[0] for row in rows(tmp_path)] == ["step", "2", "2", "4", "4"]


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
    assert "CPU threads" in info.training["hardware"]
    for name, weight in model.state_dict().items():
        assert torch.equal(loaded.state_dict[name], weight.half().float())


def test_weights_may_be_written_again(tmp_path, model):
    report = RunReport(tiny_recipe(), tmp_path, (), CPU, 0)
    assert report.write_weights(model, 2, 1.0) == report.write_weights(model, 4, 2.0)
    assert load_weights(tmp_path / "weights.safetensors").info.training["steps"] == 4


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(OutputError, match=r"metrics\.csv: cannot be written"):
        RunReport(tiny_recipe(), tmp_path / "run", (), CPU, 0)
