import csv
from pathlib import Path

import pytest

from filmnet.errors import OutputError, RecipeError
from filmnet.training.sweep_results import (
    SweepResult,
    check_metric,
    read_metrics,
    result_table,
    write_results,
)


def _result(name, **values):
    return SweepResult(**{"name": name, "steps": 4, "of_steps": 4} | values)


RESULTS = [
    _result("a", metrics={"set": 20.0, "loss": 0.25}),
    _result("b", metrics={"set": 30.0, "loss": 0.5}),
    _result("c", metrics={"set": 40.0, "loss": 0.1}, error="loss nan at step 3", steps=2),
    _result("d", steps=0),
    _result("e", metrics={"loss": 0.2}, steps=2),
]


def test_the_first_set_is_the_metric_or_else_the_loss(tmp_path):
    assert check_metric(None, [tmp_path / "one", tmp_path / "two"]) == "one"
    assert check_metric(None, []) == "loss"
    assert check_metric("two", [tmp_path / "one", tmp_path / "two"]) == "two"
    assert check_metric("style", []) == "style"


def test_a_metric_that_no_run_has_is_refused():
    with pytest.raises(RecipeError, match=r"--metric psnr: .* known are davis, loss, l1, vgg"):
        check_metric("psnr", [Path("davis")])


def test_higher_is_better_on_triplets_and_lower_for_a_loss(tmp_path):
    by_set = write_results(tmp_path, RESULTS, "set")
    assert [result.name for result in by_set] == ["b", "a", "d", "e", "c"]
    by_loss = write_results(tmp_path, RESULTS, "loss")
    assert [result.name for result in by_loss] == ["e", "a", "b", "d", "c"]


def test_results_csv_has_a_line_for_each_run_best_first(tmp_path):
    write_results(tmp_path, RESULTS, "set")
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["run", "set", "state", "steps", "loss", "error"]
    assert rows[0] == {
        "run": "b",
        "set": "30.0",
        "state": "done",
        "steps": "4",
        "loss": "0.5",
        "error": "",
    }
    assert [row["state"] for row in rows] == ["done", "done", "not begun", "at step 2", "failed"]
    assert rows[4]["error"] == "loss nan at step 3"
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]


def test_the_table_shows_the_metric_and_why_a_run_failed(tmp_path):
    table = result_table(write_results(tmp_path, RESULTS, "set"), "set").splitlines()
    assert table[0].split() == ["run", "set", "loss", "state"]
    assert table[1].split() == ["b", "30", "0.5", "done"]
    assert table[3].split() == ["d", "–", "–", "not", "begun"]
    assert table[-1] == "c: loss nan at step 3"


def test_a_runs_figures_are_the_last_of_its_metrics_csv(tmp_path):
    (tmp_path / "metrics.csv").write_text(
        "step,seconds,name,value\n2,1,loss,0.5\n4,2,loss,0.25\n4,2,set,30.5\n"
    )
    assert read_metrics(tmp_path) == (4, {"loss": 0.25, "set": 30.5})
    assert read_metrics(tmp_path / "none") == (0, {})


def test_results_that_cannot_be_written_are_named(tmp_path):
    with pytest.raises(OutputError, match=r"results\.csv: cannot be written"):
        write_results(tmp_path / "none", RESULTS, "set")
