import pytest
import torch

import filmnet
from filmnet.cli import doctor
from filmnet.media.formats import ENCODERS, Encoder


def _facts(out):
    """Label → value of what doctor printed."""
    return {line[:14].strip(): line[14:] for line in out.splitlines()}


@pytest.fixture
def small_timing(monkeypatch):
    """Time tiny frames."""
    monkeypatch.setattr(doctor, "TIMED_SIZE", (48, 32))


def test_doctor_shows_versions_device_precision_memory_encoders_and_speed(
    run, tiny_weights, small_timing
):
    code, out, err = run(
        "doctor", "--weights", tiny_weights, "--device", "cpu", "--precision", "float32"
    )
    facts = _facts(out)
    assert (code, err) == (0, "")
    assert facts["filmnet"] == filmnet.__version__
    assert facts["PyTorch"] == torch.__version__
    assert "FFmpeg" in facts["PyAV"]
    assert "libheif" in facts["pillow-heif"]
    assert facts["threads"].startswith(f"{torch.get_num_threads()} of ")
    assert "GiB" in facts["memory"]
    assert facts["encoders"].startswith("h264 (libx264), hevc (libx265), ")
    assert facts["device"] == "cpu (asked for)"
    assert facts["precision"] == "float32 (asked for)"
    assert "tiny" in facts["in use"]
    assert facts["speed"].endswith("s per made frame of 48x32")


def test_timing_can_be_left_out(run, tiny_weights):
    code, out, _ = run("doctor", "--weights", tiny_weights, "--skip-timing")
    assert code == 0
    assert "speed" not in _facts(out)


def test_what_was_chosen_automatically_has_its_reason(run, tiny_weights, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for native, line in (
        (True, "bfloat16 (this cpu has instructions for bfloat16)"),
        (False, "float32 (this cpu has no instructions for bfloat16)"),
    ):
        monkeypatch.setattr(
            "filmnet.interpolation.device.has_native_bfloat16", lambda _, native=native: native
        )
        facts = _facts(run("doctor", "--weights", tiny_weights, "--skip-timing")[1])
        assert facts["device"] == "cpu (no CUDA or MPS device found)"
        assert facts["precision"] == line


def test_a_missing_encoder_is_shown_as_missing(run, tiny_weights, monkeypatch):
    theora = Encoder(name="libnonsense", pixel_format="yuv420p", deep_pixel_format="yuv420p")
    monkeypatch.setitem(ENCODERS, "theora", theora)
    out = run("doctor", "--weights", tiny_weights, "--skip-timing")[1]
    assert "missing: theora (libnonsense)" in out


def test_default_weights_that_cannot_be_loaded_do_not_hide_the_rest(run, monkeypatch, tmp_path):
    from filmnet.weights import MODELS, Model

    lost = Model(name="small", description="", file="lost", origin="")
    monkeypatch.setitem(MODELS, "small", lost)
    code, out, _ = run("doctor")
    assert code == 0
    assert "missing from this installation" in _facts(out)["weights"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--device", "abacus"], "device 'abacus' is unknown"),
        (["--precision", "int4"], "precision 'int4' is unknown"),
        (["--memory", "much"], "memory 'much' is no size"),
        (["--tile", "5"], "tiles of 5 px are too small"),
        (["--weights", "nowhere/film.pt"], "nowhere/film.pt does not exist"),
    ],
)
def test_what_was_asked_for_wrongly_is_an_error(run, options, words):
    code, _, err = run("doctor", "--skip-timing", *options)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
