from __future__ import annotations

import cv2
import pytest

import filmnet.interpolation.export as exporting
from material import texture


def test_onnx_prints_what_the_file_is_and_how_it_was_checked(exported_onnx):
    printed = exported_onnx.printed
    assert "ONNX opset 18, float32" in printed
    assert f"{exported_onnx.path}, 0.1 MB" in printed
    assert "sides from 2 px" in printed
    assert printed.count("at most from PyTorch") == 2


def test_torch_prints_what_the_file_is_and_how_it_was_checked(exported_torch):
    assert "torch.export, float32" in exported_torch.printed
    assert "sides from 4 px" in exported_torch.printed
    assert exported_torch.printed.count("at most from PyTorch") == 2


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_an_existing_file_is_refused_before_the_work_begins(
    run, tmp_path, tiny_weights, kind, monkeypatch
):
    monkeypatch.setattr(exporting, "_record", None)
    output = tmp_path / "there"
    output.write_text("mine")
    code, _, err = run("export", kind, "-o", output, "--weights", tiny_weights)
    assert (code, err) == (2, f"Error: {output} exists already; pass --overwrite to replace it\n")


def test_a_missing_library_is_one_sentence(run, tmp_path, tiny_weights, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "onnx" else name)
    code, _, err = run("export", "onnx", "-o", tmp_path / "x.onnx", "--weights", tiny_weights)
    assert code == 2
    assert err == (
        "Error: writing ONNX needs onnx, not installed here: pip install 'filmnet[onnx]'\n"
    )


def test_an_exported_network_cannot_be_exported(run, tmp_path, exported_onnx):
    code, _, err = run("export", "torch", "-o", tmp_path / "x", "--weights", exported_onnx.path)
    assert code == 2
    assert "holds no weights to convert, train or export" in err


def test_info_says_what_an_exported_file_is(run, exported_onnx, exported_torch):
    for exported, kind in ((exported_onnx, "ONNX opset 18"), (exported_torch, "torch.export")):
        code, out, _ = run("weights", "info", exported.path)
        assert code == 0
        assert f"{kind}, float32" in out
        assert "CC0-1.0" in out
        assert "any instant" in out


def test_photos_become_a_video_by_an_exported_network(run, tmp_path, exported_onnx):
    for k in (0, 1):
        cv2.imwrite(str(tmp_path / f"{k}.png"), texture(20, 30, seed=k))
    photos = [tmp_path / "0.png", tmp_path / "1.png"]
    options = ["--between", "2", "--weights", exported_onnx.path]
    code, _, err = run("photos", *photos, "-o", f"{tmp_path / 'out'}/", *options)
    assert (code, len(list((tmp_path / "out").iterdir()))) == (0, 4), err
    assert "ONNX Runtime" in err
