import csv
import io
from dataclasses import replace

import pytest

from filmnet.errors import InputError
from filmnet.evaluation.comparison import (
    compare_files,
    comparison_to_csv,
    render_comparison,
)
from filmnet.evaluation.confidence import paired_interval
from filmnet.evaluation.results import Column, Results, read_results, to_json
from filmnet.evaluation.scoring import SetScores, TripletValues

PSNR = Column(name="psnr", label="PSNR (dB)", aim="high", digits=2, definition="d", networks={})
VGG = Column(name="vgg", label="VGG", aim="low", digits=4, definition="d", networks={"f": "0"})


def results(name, psnrs, vggs=(0.3, 0.2, 0.1), **changes):
    values = tuple(
        TripletValues(name=f"t{k}", measured={"psnr": p, "vgg": v}, average_psnr=20.0)
        for k, (p, v) in enumerate(zip(psnrs, vggs, strict=True))
    )
    scores = SetScores(
        name=changes.pop("set_name", "set"),
        kind="triplets",
        folder="set",
        layout="a folder per triplet",
        sha256=changes.pop("sha256", "0" * 64),
        values=values,
        published=None,
    )
    made = Results(
        protocol="film",
        method={"name": name},
        computed={},
        columns=(PSNR, VGG),
        left_out={},
        sets=(scores,),
    )
    return replace(made, **changes)


@pytest.fixture
def write(tmp_path):
    """Results as files, in the order given."""

    def write(*several):
        paths = [tmp_path / f"{k}.json" for k in range(len(several))]
        for path, one in zip(paths, several, strict=True):
            path.write_text(to_json(one), "utf-8")
        return paths

    return write


def test_differences_are_paired_and_have_their_interval(write):
    comparison = compare_files(
        write(results("one", (30, 31, 35)), results("two", (31, 32.5, 36), (0.2, 0.1, 0.0)))
    )
    psnr, vgg = comparison.sets[0].entries
    assert (comparison.methods, comparison.protocol) == (("one", "two"), "film")
    assert psnr.differences == pytest.approx((1, 1.5, 1))
    assert psnr.interval == pytest.approx(paired_interval([1, 1.5, 1]))
    assert (psnr.baseline, psnr.mean) == pytest.approx((32, 99.5 / 3))
    assert psnr.is_better is True
    assert vgg.is_better is True  # less is better there


def test_what_the_interval_does_not_tell_apart_is_neither_better_nor_worse(write):
    comparison = compare_files(write(results("one", (30, 31, 35)), results("two", (31, 29, 36))))
    assert comparison.sets[0].entries[0].is_better is None


def test_three_files_are_each_compared_with_the_first(write):
    files = write(*(results("small", (level, 31, 35)) for level in (30, 31, 32)))
    comparison = compare_files(files)
    assert comparison.methods == ("small (1)", "small (2)", "small (3)")
    firsts = [e.differences[0] for e in comparison.sets[0].entries if e.column.name == "psnr"]
    assert firsts == pytest.approx([1, 2])


def test_equal_pictures_count_for_no_difference(write):
    infinite = float("inf")
    comparison = compare_files(
        write(results("one", (infinite, 31, 35)), results("two", (infinite, 32, 37)))
    )
    psnr = comparison.sets[0].entries[0]
    assert psnr.interval == pytest.approx(paired_interval([1, 2]))
    assert "<td>-</td>" in render_comparison(comparison)


def test_another_protocol_is_refused(write):
    first, second = write(
        results("one", (1, 2, 3)), results("two", (1, 2, 3), protocol="community")
    )
    with pytest.raises(InputError, match=r"by protocol film, .*1\.json by community; .* not compa"):
        compare_files([first, second])


def test_other_sets_and_other_pictures_are_refused(write):
    first, second, third = write(
        results("one", (1, 2, 3)),
        results("two", (1, 2, 3), set_name="other"),
        results("three", (1, 2, 3), sha256="1" * 64),
    )
    with pytest.raises(InputError, match=r"measured on set, .*1\.json on other; compare results"):
        compare_files([first, second])
    with pytest.raises(InputError, match=r"different pictures, both called set \(3 and 3 tripl"):
        compare_files([first, third])


def test_a_measure_taken_with_other_weights_is_left_out(write):
    other = replace(VGG, networks={"f": "1"})
    comparison = compare_files(
        write(results("one", (1, 2, 3)), results("two", (1, 2, 3), columns=(PSNR, other)))
    )
    assert [entry.column.name for entry in comparison.sets[0].entries] == ["psnr"]
    assert comparison.left_out == ("VGG",)


def test_the_page_and_the_csv_hold_each_triplets_difference(write):
    comparison = compare_files(
        write(results("one", (30, 31, 35)), results("two", (31.25, 33, 36), (0.2, 0.1, 0.0)))
    )
    page = render_comparison(comparison)
    for words in ("protocol film", "+1.25", "95 % interval", "better", "<svg", ">two</text>"):
        assert words in page
    rows = list(csv.DictReader(io.StringIO(comparison_to_csv(comparison))))
    assert [row["triplet"] for row in rows] == ["t0", "t1", "t2"]
    assert rows[0] | {"vgg": ""} == {
        "set": "set",
        "triplet": "t0",
        "protocol": "film",
        "method": "two",
        "minus": "one",
        "psnr": "1.25",
        "vgg": "",
    }


def test_what_is_no_results_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: cannot be read \(No such file"):
        read_results(tmp_path / "none.json")
    for text in ("no json", "[]", '{"format": 1}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(InputError, match=r"bad\.json: no results of `filmnet evaluate`"):
            read_results(tmp_path / "bad.json")
    (tmp_path / "new.json").write_text('{"format": 99}')
    with pytest.raises(InputError, match=r"results of format 99, not 1; evaluate again"):
        read_results(tmp_path / "new.json")
