from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import filmnet
from exporting import CONFIG, Exported, export, make_weights
from filmnet.interpolation import export as exporting
from filmnet.model import FilmConfig
from filmnet.weights import LoadedWeights, load_weights


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedWeights:
    return load_weights(make_weights(tmp_path))


def test_inputs_and_output_have_names_and_free_lengths(exported_onnx: Exported) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(exported_onnx.path, providers=["CPUExecutionProvider"])
    picture = ["batch", 3, "height", "width"]
    assert {value.name: value.shape for value in session.get_inputs()} == {
        "image0": picture,
        "image1": picture,
        "t": ["batch"],
    }
    (image,) = session.get_outputs()
    assert (image.name, image.shape, image.type) == ("image", picture, "tensor(float)")


def test_no_file_says_where_the_code_lay(exported_onnx: Exported, exported_torch: Exported) -> None:
    folder = str(Path(filmnet.__file__).parent).encode()
    assert folder not in exported_onnx.path.read_bytes()
    with zipfile.ZipFile(exported_torch.path) as archive:
        assert not any(folder in archive.read(name) for name in archive.namelist())


def test_the_exported_program_makes_what_the_network_makes(exported_torch: Exported) -> None:
    with exported_torch.path.open("rb") as file:  # by its path PyTorch would ask for .pt2
        program = torch.export.load(file).module()
    image0, image1 = torch.rand(2, 1, 3, 9, 11, generator=torch.Generator().manual_seed(0))
    info = load_weights(exported_torch.weights)
    film = exporting._film(info)
    t = torch.tensor([0.25])
    with torch.inference_mode():  # bilinear samples by another formula
        assert torch.allclose(program(image0, image1, t), film(image0, image1, t).image, atol=1e-5)


def test_a_loaded_program_is_the_network_it_was_exported_from(exported_torch: Exported) -> None:
    photos = np.random.default_rng(0).integers(0, 256, (2, 9, 11, 3), dtype=np.uint8)
    made = [
        filmnet.load(path, precision="float32").midpoint(*photos)
        for path in (exported_torch.path, exported_torch.weights)
    ]
    assert np.array_equal(*made)


def test_a_file_that_computes_something_else_is_removed(
    tmp_path: Path, loaded: LoadedWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_record", lambda *arguments: None)
    monkeypatch.setattr(exporting, "_to_onnx", lambda *arguments: b"\x08")
    monkeypatch.setattr(exporting, "open_session", lambda *arguments: (None, None))
    monkeypatch.setattr(exporting, "run_session", lambda session, image0, image1, t: image0)
    path = tmp_path / "wrong.onnx"
    with pytest.raises(filmnet.OutputError, match=r"was not written: at 3x2 it is .* dB from"):
        exporting.export_onnx(loaded, path)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.safetensors"]


def test_no_numbers_at_all_are_not_close_enough(loaded: LoadedWeights, tmp_path: Path) -> None:
    def compute(image0: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return torch.full_like(image0, torch.nan)

    with pytest.raises(filmnet.OutputError, match="nan dB"):
        exporting._checked(loaded, tmp_path / "x", tmp_path, "float32", compute, ((8, 8),))


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--opset", "20"), ("--precision", "float16")])
@pytest.mark.parametrize("output", ["blend", "image"])
def test_every_kind_of_network_exports_to_onnx(
    tmp_path: Path, output: str, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = FilmConfig.from_dict(CONFIG.to_dict() | {"output": output, "pyramid_levels": 3})
    monkeypatch.setattr("exporting.CONFIG", config)
    exported = export(tmp_path, "onnx", *options)
    assert filmnet.load(exported.path).info.config == config


@pytest.mark.slow
def test_half_precision_is_a_smaller_program(tmp_path: Path, exported_torch: Exported) -> None:
    exported = export(tmp_path, "torch", "--precision", "float16")
    # a mix: heads stay float32
    assert filmnet.load(exported.path).info.precision != "float32"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_the_default_weights_export(tmp_path: Path, kind: str) -> None:
    write = {"onnx": exporting.export_onnx, "torch": exporting.export_torch}[kind]
    written = write(load_weights(), tmp_path / "small")
    assert min(comparison.psnr for comparison in written.comparisons) > 60
