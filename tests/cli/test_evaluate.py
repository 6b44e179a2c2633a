import re

from material import texture, write_photo, write_triplets


def test_triplets_prints_a_line_per_set(run, tiny_weights, tmp_path):
    sets = [write_triplets(tmp_path / "one"), write_triplets(tmp_path / "another", 1)]
    code, out, err = run(
        "evaluate", "triplets", *sets, "--weights", tiny_weights, "--device", "cpu"
    )
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "set      triplets  PSNR (dB)  plain average (dB)"
    assert re.fullmatch(r"one             2  +\d+\.\d\d  +\d+\.\d\d", lines[1])
    assert re.fullmatch(r"another         1  +\d+\.\d\d  +\d+\.\d\d", lines[2])
    assert "weights tiny" in err


def test_the_plain_average_of_equal_inputs_is_exact(run, tiny_weights, tmp_path):
    for i in range(3):
        write_photo(tmp_path / "set" / "still" / f"{i}.png", texture(16, 16))
    code, out, err = run(
        "evaluate", "triplets", tmp_path / "set", "--weights", tiny_weights, "--quiet"
    )
    assert (code, err) == (0, "")
    assert out.splitlines()[1].endswith(" inf")


def test_precision_is_said(run, tiny_weights, tmp_path):
    arguments = ("evaluate", "triplets", write_triplets(tmp_path / "set", 1), "--weights")
    _, _, err = run(*arguments, tiny_weights, "--device", "cpu", "--precision", "float32")
    assert "cpu, float32" in err


def test_a_folder_without_triplets_is_refused_before_weights_are_loaded(run, tmp_path):
    code, out, err = run("evaluate", "triplets", tmp_path / "none", "--weights", "no-such-weights")
    assert (code, out) == (2, "")
    assert err == f"Error: {tmp_path / 'none'}: no such folder of triplets\n"
