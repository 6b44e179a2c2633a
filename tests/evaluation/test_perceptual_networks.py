import hashlib

import numpy as np
import pytest
import torch

from evaluation_material import write_vgg
from filmnet.errors import WeightsError
from filmnet.evaluation import perceptual_networks
from filmnet.evaluation.panel import Frames
from filmnet.evaluation.perceptual import vgg_distance
from filmnet.evaluation.perceptual_networks import NetworkFiles, find_perceptual
from filmnet.weights import import_vgg19
from seeded_backbones import (
    alexnet_kernels,
    dists_weights,
    lpips_weights,
    reference_pair,
    vgg16_kernels,
)
from seeded_vgg import seeded_vgg

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nothing_elsewhere(tmp_path, monkeypatch):
    """No weights but those that the test makes."""
    monkeypatch.setenv("FILMNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(perceptual_networks, "find_spec", lambda _: None)


def save(tensors, path):
    """Save under torchvision's name, which ends in the first digits of the content's sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(tensors, path)
    return path


def named_by_content(monkeypatch, attribute, tensors, folder):
    stem = getattr(perceptual_networks, attribute).rsplit("-", 1)[0]
    path = save(tensors, folder / "unnamed.pth")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    monkeypatch.setattr(perceptual_networks, attribute, f"{stem}-{digest}.pth")
    return path.rename(folder / f"{stem}-{digest}.pth")


def frames():
    a, b = (x[:1] for x in reference_pair())
    return Frames(a, b, a, a)


def test_without_weights_each_is_left_out_with_what_to_get():
    measures, left_out = find_perceptual(NetworkFiles(), CPU)
    assert measures == []
    assert list(left_out) == ["lpips", "dists", "vgg"]
    assert "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth" in left_out["lpips"]
    assert "https://download.pytorch.org/models/vgg16-397923af.pth" in left_out["dists"]
    assert "filmnet weights import-vgg" in left_out["vgg"]


def test_lpips_and_dists_are_found_in_the_folder_that_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "metrics"
    alexnet = named_by_content(monkeypatch, "ALEXNET_FILE", alexnet_kernels(), folder)
    named_by_content(monkeypatch, "VGG16_FILE", vgg16_kernels(), folder)
    save(lpips_weights(), folder / "alex.pth")
    save(dists_weights(), folder / "weights.pt")
    measures, left_out = find_perceptual(NetworkFiles(folder=folder), CPU)
    assert [measure.name for measure in measures] == ["lpips", "dists"]
    assert list(left_out) == ["vgg"]
    digest = hashlib.sha256(alexnet.read_bytes()).hexdigest()
    assert measures[0].networks[alexnet.name] == digest
    with torch.inference_mode():
        assert measures[0].of(frames()).item() == pytest.approx(0.06921484, rel=1e-4)
        assert measures[1].of(frames()).item() == pytest.approx(0.00943112, abs=1e-5)


def test_lpips_is_found_in_the_hub_and_the_cache(tmp_path, monkeypatch):
    named_by_content(
        monkeypatch, "ALEXNET_FILE", alexnet_kernels(), tmp_path / "torch" / "hub" / "checkpoints"
    )
    _, left_out = find_perceptual(NetworkFiles(), CPU)
    assert left_out["lpips"].startswith("no alex.pth; it lies in the package lpips")
    save(lpips_weights(), tmp_path / "cache" / "metrics" / "alex.pth")
    measures, _ = find_perceptual(NetworkFiles(), CPU)
    assert [measure.name for measure in measures] == ["lpips"]


def test_a_file_whose_name_promises_another_content_is_damaged(tmp_path):
    save(alexnet_kernels(), tmp_path / "alexnet-owt-7be5be79.pth")
    save(lpips_weights(), tmp_path / "alex.pth")
    with pytest.raises(WeightsError, match=r"alexnet-owt-7be5be79\.pth: damaged, its sha256"):
        find_perceptual(NetworkFiles(folder=tmp_path), CPU)


def test_a_folder_that_was_named_and_is_missing_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match=r"none: no such folder; give one with LPIPS' or DISTS'"):
        find_perceptual(NetworkFiles(folder=tmp_path / "none"), CPU)


def test_the_vgg_distance_says_on_how_many_taps_it_stands(tmp_path):
    path = write_vgg(tmp_path / "vgg.npz", "conv2_2")
    (measure,), _ = find_perceptual(NetworkFiles(vgg=path), CPU)
    assert measure.label == "VGG (2 taps)"
    assert "conv1_2, conv2_2" in measure.definition
    assert measure.networks["taps"] == ["conv1_2", "conv2_2"]
    assert measure.networks["vgg.npz"] == hashlib.sha256(path.read_bytes()).hexdigest()
    network = seeded_vgg(("conv1_2", "conv2_2"))
    made, truth = (x[:1] for x in reference_pair()[::-1])
    with torch.inference_mode():
        assert measure.of(frames()).item() == pytest.approx(
            vgg_distance(network, made, truth).item(), rel=1e-5
        )


def test_a_vgg_that_was_named_and_is_missing_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.npz"):
        find_perceptual(NetworkFiles(vgg=tmp_path / "none.npz"), CPU)
    (tmp_path / "broken.npz").write_bytes(np.zeros(8, np.uint8).tobytes())
    with pytest.raises(WeightsError, match=r"broken\.npz"):
        find_perceptual(NetworkFiles(vgg=tmp_path / "broken.npz"), CPU)


def test_an_imported_vgg_is_found_and_a_damaged_one_is_an_error(tmp_path):
    import_vgg19(write_vgg(tmp_path / "vgg.npz"))
    (measure,), left_out = find_perceptual(NetworkFiles(), CPU)
    assert measure.label == "VGG (1 tap)"
    assert "vgg" not in left_out
    (tmp_path / "cache" / "vgg19.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsError, match=r"vgg19\.safetensors"):
        find_perceptual(NetworkFiles(), CPU)
