import csv
import json

import numpy as np
import pytest
import torch

import filmnet
from evaluation_material import (
    three,
    write_folders,
    write_frames,
    write_snufilm,
    write_vgg,
    write_vimeo,
)
from filmnet.errors import InputError, OutputError
from filmnet.evaluation.kinds import Kind, Level, Protocol
from filmnet.evaluation.perceptual_networks import NetworkFiles
from filmnet.evaluation.results import read_results
from filmnet.evaluation.run import EvaluationRun, evaluate
from filmnet.weights import WeightsInfo, save_weights
from material import texture, write_photo


@pytest.fixture(autouse=True)
def no_networks(tmp_path, monkeypatch):
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def weights(tmp_path, tiny_model):
    path = tmp_path / "tiny.safetensors"
    save_weights(path, tiny_model.state_dict(), WeightsInfo(name="tiny", config=tiny_model.config))
    return path


@pytest.fixture
def options(tmp_path, weights):
    """A run on two triplets with all there is."""
    return {
        "kind": Kind.triplets,
        "paths": [write_folders(tmp_path / "set", size=48)],
        "weights": weights,
        "device": "cpu",
        "precision": "float32",
        "networks": NetworkFiles(vgg=write_vgg(tmp_path / "vgg.npz")),
        "output": tmp_path / "report",
    }


def test_results_json_holds_what_is_needed_to_repeat_it(options, weights):
    said = []
    results = evaluate(EvaluationRun(**options), said.append)
    content = json.loads((options["output"] / "results.json").read_text())
    info = filmnet.load(weights, device="cpu").info
    assert content["protocol"] == "community"
    assert content["method"]["name"] == "tiny"
    assert content["method"]["sha256"] == info.sha256 != ""
    assert content["computed"]["device"] == "cpu"
    assert content["computed"]["precision"] == "float32"
    assert content["computed"]["versions"]["filmnet"] == filmnet.__version__
    assert content["computed"]["versions"]["torch"] == torch.__version__
    assert set(content["left_out"]) == {"lpips", "dists"}
    columns = {column["name"]: column for column in content["columns"]}
    assert list(columns) == ["psnr", "ssim_matlab", "vgg"]
    assert columns["vgg"]["networks"]["taps"] == ["conv1_2"]
    (scores,) = content["sets"]
    assert (scores["name"], scores["kind"], scores["triplets"]) == ("set", "triplets", 2)
    assert len(scores["sha256"]) == 64
    assert [value["name"] for value in scores["values"]] == ["a", "b"]
    values = [value["psnr"] for value in scores["values"]]
    assert scores["means"]["psnr"] == pytest.approx(np.mean(values))
    assert read_results(options["output"] / "results.json") == results
    assert said[0].startswith("weights tiny")
    assert said[0].endswith("protocol community")
    assert any(line.startswith("lpips left out: no alexnet") for line in said)


def test_results_csv_has_a_row_per_triplet_and_the_mean(options):
    results = evaluate(EvaluationRun(**options))
    with (options["output"] / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["triplet"] for row in rows] == ["a", "b", "MEAN"]
    assert {row["protocol"] for row in rows} == {"community"}
    assert float(rows[2]["psnr"]) == pytest.approx(results.sets[0].mean("psnr"))
    assert float(rows[0]["vgg"]) == results.sets[0].values[0].measured["vgg"]


def test_report_html_stands_alone_and_shows_the_worst_first(options):
    results = evaluate(EvaluationRun(**options))
    page = (options["output"] / "report.html").read_text()
    worst = min(results.sets[0].values, key=lambda value: value.measured["psnr"]).name
    order = [page.index(f"<b>{name}</b>") for name in sorted("ab", key=lambda n: n != worst)]
    assert order == sorted(order)
    for words in (
        "protocol community",
        "inputs, overlaid",
        "truth</figcaption>",
        "prediction</figcaption>",
        "error, 4 times",
        "<h3>Sharpness</h3>",
        "<h3>Disocclusion</h3>",
        "<h3>Large motion</h3>",
        "most gradient energy",
        "<svg",
        "VGG (1 tap), less is better",
        "mean of tiny",
        results.method["sha256"],
        results.sets[0].sha256,
        "left out: no alexnet",
        "prefers-color-scheme: dark",
    ):
        assert words in page, words
    assert page.count("data:image/jpeg;base64,") == 4 * (2 + 3 * 2)
    assert "http" not in page.replace("https://download.pytorch.org", "")
    assert "<script" not in page


def test_a_report_without_perceptual_measures_says_so(options):
    evaluate(EvaluationRun(**options | {"networks": NetworkFiles()}))
    page = (options["output"] / "report.html").read_text()
    assert "<svg" not in page
    assert "Needs LPIPS, DISTS or the VGG distance" in page


def test_the_film_protocol_gives_other_figures(options):
    community = evaluate(EvaluationRun(**options | {"output": None}))
    film = evaluate(EvaluationRun(**options | {"output": None, "protocol": Protocol.film}))
    assert [column.name for column in film.columns] == ["psnr", "ssim", "vgg"]
    assert film.sets[0].mean("psnr") != community.sets[0].mean("psnr")
    assert film.method["padding"] == "none"
    assert film.sets[0].sha256 == community.sets[0].sha256


def test_predictions_are_measured_instead_of_the_weights(options, tmp_path):
    for seed, name in enumerate("ab"):
        write_photo(tmp_path / "made" / f"{name}.png", three(seed, 48)[1])
    run = EvaluationRun(**options | {"predictions": tmp_path / "made", "weights": "no such"})
    results = evaluate(run)
    assert np.isinf(results.sets[0].mean("psnr"))
    assert results.sets[0].mean("ssim_matlab") == pytest.approx(1, abs=1e-6)
    assert results.method == {"name": "made", "predictions": str(tmp_path / "made")}
    content = (options["output"] / "results.json").read_text()
    assert '"psnr": "inf"' in content
    assert read_results(options["output"] / "results.json") == results
    assert "∞" in (options["output"] / "report.html").read_text()


def test_every_triplets_values_stand_in_the_report_worst_first(options, tmp_path):
    for seed, name in enumerate("ab"):
        made = three(seed, 48)[1]
        write_photo(tmp_path / "made" / f"{name}.png", made if name == "a" else 255 - made)
    evaluate(EvaluationRun(**options | {"predictions": tmp_path / "made"}))
    page = (options["output"] / "report.html").read_text()
    assert page.index("<td>b</td>") < page.index("<td>a</td>")


def test_the_plain_average_is_rounded_where_the_protocol_rounds(options):
    image0, truth, image1 = (picture.astype(float) for picture in three(0, 48))
    blend = {"film": (image0 + image1) / 2, "community": np.rint((image0 + image1) / 2)}
    for protocol in Protocol:
        results = evaluate(EvaluationRun(**options | {"output": None, "protocol": protocol}))
        expected = -10 * np.log10(np.square((blend[protocol.value] - truth) / 255).mean())
        found = results.sets[0].values[0].average_psnr
        assert found == pytest.approx(expected, abs=1e-4)  # rounding makes 4e-3 here


def test_sequences_are_measured_over_time(options, tmp_path):
    clip = write_frames(tmp_path / "clip", 5, size=48)
    results = evaluate(EvaluationRun(**options | {"kind": Kind.sequence, "paths": [clip]}))
    names = [column.name for column in results.columns]
    assert names == ["psnr", "ssim_matlab", "vgg", "flicker", "gradient_ratio"]
    assert [value.name for value in results.sets[0].values] == ["clip/001", "clip/003"]


def test_flicker_of_a_run_by_hand(options, tmp_path):
    """Truth 120 between 100 and 140; predicted 126: steps of 26 and 14 instead of 20 and 20."""
    for number, level in enumerate((100, 120, 140)):
        write_photo(tmp_path / "clip" / f"{number}.png", np.full((8, 8, 3), level, np.uint8))
    write_photo(tmp_path / "made" / "clip" / "001.png", np.full((8, 8, 3), 126, np.uint8))
    changes = {"kind": Kind.sequence, "paths": [tmp_path / "clip"], "networks": NetworkFiles()}
    run = EvaluationRun(**options | changes | {"predictions": tmp_path / "made"})
    assert evaluate(run).sets[0].mean("flicker") == pytest.approx(6, abs=1e-4)


def test_each_level_of_snufilm_is_a_set(options, tmp_path):
    snu = write_snufilm(tmp_path / "snu")
    levels = (Level.easy, Level.extreme)
    changes = {"kind": Kind.snufilm, "paths": [snu], "levels": levels}
    results = evaluate(EvaluationRun(**options | changes))
    assert [scores.name for scores in results.sets] == ["snufilm-easy", "snufilm-extreme"]
    page = (options["output"] / "report.html").read_text()
    assert 'href="#set-2"' in page
    assert "published set has 310" in page


def test_a_count_other_than_the_published_one_is_said(options, tmp_path):
    said = []
    vimeo = write_vimeo(tmp_path / "vimeo")
    evaluate(EvaluationRun(**options | {"kind": Kind.vimeo90k, "paths": [vimeo]}), said.append)
    assert "vimeo90k: 2 triplets; the published set has 3782" in said


def test_reports_are_refused_before_any_work(options):
    options["output"].mkdir()
    (options["output"] / "results.csv").write_text("old")
    with pytest.raises(OutputError, match=r"results\.csv: exists already; pass --overwrite"):
        evaluate(EvaluationRun(**options | {"weights": "no such"}))
    evaluate(EvaluationRun(**options, overwrite=True))
    assert (options["output"] / "results.csv").read_text() != "old"


def test_a_broken_picture_leaves_no_report(options):
    (options["paths"][0] / "b" / "frame_02.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"frame_02\.png"):
        evaluate(EvaluationRun(**options))
    assert not options["output"].exists()


def test_a_picture_without_ssim_is_named(options, tmp_path):
    for k in range(3):
        write_photo(tmp_path / "small" / "a" / f"{k}.png", texture(8, 30))
    run = EvaluationRun(**options | {"paths": [tmp_path / "small"], "protocol": Protocol.film})
    with pytest.raises(InputError, match=r"a: 30x8 is too small for SSIM, .* --protocol community"):
        evaluate(run)


def test_progress_counts_triplets_of_each_set(options):
    told = []
    evaluate(EvaluationRun(**options), report=lambda *counts: told.append(counts))
    assert told == [("set", 1, 2), ("set", 2, 2)]
