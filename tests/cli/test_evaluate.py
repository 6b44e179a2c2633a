import json
import re

import pytest

from evaluation_material import (
    three,
    write_folders,
    write_frames,
    write_middlebury,
    write_snufilm,
    write_ucf,
    write_vgg,
    write_vimeo,
    write_y4m,
)
from material import texture, write_photo, write_triplets


@pytest.fixture(autouse=True)
def no_networks(cache, tmp_path, monkeypatch):
    """No weights of perceptual measures on this machine."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_triplets_prints_a_line_per_set(run, tiny_weights, tmp_path):
    sets = [write_triplets(tmp_path / "one"), write_triplets(tmp_path / "another", 1)]
    code, out, err = run(
        "evaluate", "triplets", *sets, "--weights", tiny_weights, "--device", "cpu"
    )
    lines = out.splitlines()
    assert code == 0
    heads = re.split(r"  +", lines[0])
    assert heads == [
        "set", "triplets", "PSNR (dB)", "ssim_matlab", "plain average (dB)", "protocol",
    ]  # fmt: skip
    line = r" +{} +\d+\.\d\d +-?\d\.\d{{4}} +\d+\.\d\d +community"
    assert re.fullmatch("one" + line.format(2), lines[1])
    assert re.fullmatch("another" + line.format(1), lines[2])
    assert "weights tiny" in err
    assert "protocol community" in err


def test_the_plain_average_of_equal_inputs_is_exact(run, tiny_weights, tmp_path):
    for i in range(3):
        write_photo(tmp_path / "set" / "still" / f"{i}.png", texture(16, 16))
    code, out, err = run(
        "evaluate", "triplets", tmp_path / "set", "--weights", tiny_weights, "--quiet"
    )
    assert (code, err) == (0, "")
    assert re.search(r" inf +community$", out.splitlines()[1])


def test_precision_is_said(run, tiny_weights, tmp_path):
    arguments = ("evaluate", "triplets", write_triplets(tmp_path / "set", 1), "--weights")
    _, _, err = run(*arguments, tiny_weights, "--device", "cpu", "--precision", "float32")
    assert "cpu, float32" in err


def test_tiles_and_copies_are_those_asked_for(run, tiny_weights, tmp_path):
    folder = write_triplets(tmp_path / "set", 1)
    arguments = ("evaluate", "triplets", folder, "--weights", tiny_weights, "--device", "cpu")
    code, _, err = run(*arguments, "--tta", "2", "--tile", "96", "--memory", "3GB", "-o", tmp_path)
    assert code == 0
    assert "mean of 2 mirrored copies" in err
    method = json.loads((tmp_path / "results.json").read_text())["method"]
    assert method["mirrored copies"] == 2
    for option, value, words in (
        ("--tta", "3", "tta 3 is none of 1, 2, 4"),
        ("--tile", "5", "tiles of 5 px are too small"),
        ("--memory", "much", "memory 'much' is no size"),
    ):
        code, _, err = run(*arguments, option, value)
        assert code == 2
        assert words in err


def test_a_folder_without_triplets_is_refused_before_weights_are_loaded(run, tmp_path):
    code, out, err = run("evaluate", "triplets", tmp_path / "none", "--weights", "no-such-weights")
    assert (code, out) == (2, "")
    assert err == f"Error: {tmp_path / 'none'}: no such folder of triplets\n"


def write_xiph(folder):
    write_y4m(folder / "Netflix_Tango_4096x2160_60fps_10bit_420.y4m")
    return folder


@pytest.mark.parametrize(
    ("kind", "write", "lines"),
    [
        ("vimeo90k", write_vimeo, {"vimeo90k": 2}),
        ("ucf101", write_ucf, {"ucf101": 3}),
        ("middlebury", write_middlebury, {"middlebury": 2}),
        ("xiph2k", write_xiph, {"xiph2k": 2}),
        ("xiph4k", write_xiph, {"xiph4k": 2}),
        ("sequence", write_frames, {"set": 2}),
    ],
)
@pytest.mark.parametrize("protocol", ["film", "community"])
def test_every_set_is_measured_by_both_protocols(
    run, tiny_weights, tmp_path, kind, write, lines, protocol
):
    command = ("evaluate", kind, write(tmp_path / "set"), "--protocol", protocol)
    code, out, _ = run(*command, "--weights", tiny_weights, "--device", "cpu")
    assert code == 0
    rows = [line.split() for line in out.splitlines()[1:]]
    assert {row[0]: int(row[1]) for row in rows} == lines
    assert {row[-1] for row in rows} == {protocol}


def test_levels_of_snufilm_are_chosen(run, tiny_weights, tmp_path):
    command = ("evaluate", "snufilm", write_snufilm(tmp_path, ["easy", "extreme"]))
    chosen = ("--level", "easy", "--level", "extreme", "--weights", tiny_weights)
    code, out, err = run(*command, *chosen)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "set",
        "snufilm-easy",
        "snufilm-extreme",
    ]
    assert "snufilm-easy: 1 triplets; the published set has 310" in err
    code, _, err = run(*command, "--weights", tiny_weights)
    assert code == 2
    assert "expected in it: test-easy.txt" in err


def test_predictions_are_scored_and_reports_written(run, tmp_path):
    for seed, name in enumerate("ab"):
        write_photo(tmp_path / "made" / f"{name}.png", three(seed)[1])
    command = ("evaluate", "triplets", write_folders(tmp_path / "set"), "-o", tmp_path / "report")
    options = ("--predictions", tmp_path / "made", "--vgg", write_vgg(tmp_path / "vgg.npz"))
    code, out, err = run(*command, *options)
    assert code == 0
    assert "VGG (1 tap)" in out.splitlines()[0]
    assert out.splitlines()[1].split()[2] == "inf"
    assert "lpips left out: no alexnet-owt-7be5be79.pth" in err
    assert f"wrote {tmp_path / 'report' / 'report.html'}" in err
    content = json.loads((tmp_path / "report" / "results.json").read_text())
    assert content["sets"][0]["means"]["psnr"] == "inf"
    code, _, err = run(*command, *options)
    assert code == 2
    assert "results.json: exists already; pass --overwrite" in err
    assert run(*command, *options, "--overwrite")[0] == 0


def test_options_that_say_nothing_about_a_set_are_refused(run, tmp_path):
    folder = write_folders(tmp_path / "set")
    for arguments, words in (
        (("vimeo90k", folder, folder), "vimeo90k is one folder, not 2 paths"),
        (("triplets", folder, "--level", "easy"), "--level belongs to snufilm, not to triplets"),
        (("ucf101", folder, "--frames", "9"), "--frames belongs to sequence and Xiph, not to ucf"),
        (("imagenet", folder), "'imagenet' is not one of"),
        (("triplets", folder, "--protocol", "mine"), "'mine' is not one of"),
    ):
        code, out, err = run("evaluate", *arguments)
        assert (code, out) == (2, "")
        assert words in err


def test_frames_are_limited(run, tiny_weights, tmp_path):
    clip = write_frames(tmp_path / "clip", 9)
    code, out, _ = run("evaluate", "sequence", clip, "--frames", 5, "--weights", tiny_weights)
    assert code == 0
    assert out.splitlines()[1].split()[1] == "2"
    assert "flicker" in out.splitlines()[0]
    assert "gradient energy" in out.splitlines()[0]
