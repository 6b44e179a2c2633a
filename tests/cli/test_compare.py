import re

import pytest

from evaluation_material import three, write_folders
from material import texture, write_photo


@pytest.fixture
def evaluated(run, cache, tmp_path, monkeypatch):
    """A function that evaluates pictures of a seed under a name; gives results.json."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = write_folders(tmp_path / "set", ["a", "b", "c"])

    def evaluated(name, noise, *options):
        for seed, triplet in enumerate("abc"):
            made = three(seed)[1] // 2 + texture(32, 32, noise) // 2
            write_photo(tmp_path / name / f"{triplet}.png", made)
        output = tmp_path / f"{name}-report"
        command = ("evaluate", "triplets", folder, "--predictions", tmp_path / name)
        assert run(*command, "-o", output, "--quiet", *options)[0] == 0
        return output / "results.json"

    return evaluated


def test_two_methods_stand_side_by_side(run, evaluated, tmp_path):
    files = evaluated("one", 10), evaluated("two", 11)
    code, out, err = run("compare", *files, "-o", tmp_path / "both")
    assert code == 0
    head, psnr, similarity, *rest = out.splitlines()
    assert re.split(r"  +", head) == [
        "set", "method", "measure", "one", "this one", "difference", "95 % interval", "protocol",
    ]  # fmt: skip
    signed = r"[+-]\d+\.\d+"
    pattern = rf"set +two +PSNR \(dB\) +[\d.]+ +[\d.]+ +{signed} +{signed} to {signed} +community"
    assert re.fullmatch(pattern, psnr)
    assert "ssim_matlab" in similarity
    assert re.search(r"set: two (lost|gained) most on [abc] [+-]\d", "\n".join(rest))
    assert f"wrote {tmp_path / 'both' / 'comparison.html'}" in err
    assert len((tmp_path / "both" / "comparison.csv").read_text().splitlines()) == 4
    code, _, err = run("compare", *files, "-o", tmp_path / "both")
    assert code == 2
    assert "comparison.csv: exists already; pass --overwrite" in err
    assert run("compare", *files, "-o", tmp_path / "both", "--overwrite", "--quiet")[0] == 0


def test_protocols_are_not_mixed(run, evaluated):
    code, out, err = run(
        "compare", evaluated("one", 10), evaluated("two", 11, "--protocol", "film")
    )
    assert (code, out) == (2, "")
    assert re.fullmatch(r"Error: .* by protocol community, .* by film; .*\n", err)


def test_one_file_is_too_few(run, evaluated):
    code, _, err = run("compare", evaluated("one", 10))
    assert code == 2
    assert "one file has nothing to be compared with" in err
