import json
from itertools import islice

import pytest

from filmnet.cluster.manifest import Manifest
from filmnet.errors import InputError


def jobs(source, tmp_path, **options):
    return list(Manifest(source=str(source), output=str(tmp_path / "out"), **options).jobs())


def test_a_folder_has_a_job_per_sub_folder_and_per_video(tmp_path):
    folder = tmp_path / "night"
    for name in ("b10", "b9", ".hidden", "out"):
        (folder / name).mkdir(parents=True)
    for name in ("a.MOV", "b.mp4", "notes.txt", "photo.jpg", ".c.mp4"):
        (folder / name).touch()
    manifest = Manifest(
        source=str(folder), output=str(folder / "out"), defaults={"fps": "60", "slower": "2"}
    )
    found = list(manifest.jobs())
    assert [(job.name, job.kind) for job in found] == [
        ("a", "video"),
        ("b9", "photos"),
        ("b10", "photos"),
        ("b", "video"),
    ]
    assert found[0].inputs == (f"{folder}/a.MOV",)
    assert found[0].output == f"{folder}/out/a.mp4"
    assert found[0].options == {"fps": "60", "slower": "2"}
    assert found[1].inputs == (f"{folder}/b9/",)
    assert found[1].options == {"fps": "60"}


def test_a_csv_names_inputs_output_and_options(tmp_path):
    source = tmp_path / "jobs.csv"
    source.write_text(
        "\ufeffinputs, output, fps, loop\n"
        "one.jpg; two.jpg, first.webm,, yes\n"
        "s3://films/in.mov,, 60,\n"
        '"a, b.mkv", /else/where.mp4, 50,\n',
        "utf-8",
    )
    one, two, three = jobs(source, tmp_path)
    assert one.inputs == (f"{tmp_path}/one.jpg", f"{tmp_path}/two.jpg")
    assert (one.kind, one.name, one.output) == ("photos", "first", f"{tmp_path}/out/first.webm")
    assert one.options == {"loop": True}
    assert (two.kind, two.inputs, two.options) == ("video", ("s3://films/in.mov",), {"fps": "60"})
    assert (two.name, two.output) == ("in", f"{tmp_path}/out/in.mp4")
    assert (three.inputs, three.output) == ((f"{tmp_path}/a, b.mkv",), "/else/where.mp4")


def test_json_lines_name_the_same(tmp_path):
    source = tmp_path / "jobs.jsonl"
    rows = [
        {"job": "x/y", "inputs": ["burst/"], "seconds": 2, "weights": "small"},
        {"input": "in.mp4", "slower": 4},
        {"input": "raw", "kind": "video", "fps": 60},
        {"input": "shots/*.png"},
    ]
    source.write_text("\n\n".join(map(json.dumps, rows)))
    found = jobs(source, tmp_path)
    assert [job.kind for job in found] == ["photos", "video", "video", "photos"]
    assert found[0].output == f"{tmp_path}/out/x/y.mp4"
    assert found[0].options == {"seconds": 2, "weights": "small"}
    assert found[1].options == {"slower": 4}


def test_paths_are_relative_to_a_manifest_by_url_too():
    row = Manifest(source="s3://films/night/jobs.csv", output="s3://films/out/")
    job = row._job_of("line 2", {"inputs": ["a.mov"]})
    assert (job.inputs, job.output) == (("s3://films/night/a.mov",), "s3://films/out/a.mp4")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[1]", "line 2: a job is an object"),
        ("{", "line 2: this is no JSON"),
        ('{"output": "a.mp4"}', "line 2: inputs has to be a path"),
        ('{"inputs": []}', "line 2: a job without inputs"),
        ('{"inputs": "a.mp4", "kind": "film"}', "kind is 'film', but has to be photos or video"),
        ('{"inputs": "a.mp4", "job": "../a"}', r"job '\.\./a' would lie outside of"),
        ('{"inputs": "a.mp4", "job": 7}', "job is 7, but has to be text"),
        ('{"inputs": "a.mp4", "speed": 7}', "line 2: video has no option 'speed'"),
    ],
)
def test_a_line_that_is_no_job_is_named(tmp_path, line, sentence):
    source = tmp_path / "jobs.jsonl"
    source.write_text('{"inputs": "ok.mp4"}\n' + line)
    with pytest.raises(InputError, match=sentence):
        jobs(source, tmp_path)


def test_a_line_of_a_csv_with_too_many_fields_is_named(tmp_path):
    (tmp_path / "jobs.csv").write_text("inputs\na.mp4,60\n")
    with pytest.raises(InputError, match=r"jobs\.csv line 2: more fields"):
        jobs(tmp_path / "jobs.csv", tmp_path)


@pytest.mark.parametrize("name", ["gone", "list.txt", "gone.csv"])
def test_what_is_no_list_of_jobs_is_one_sentence(tmp_path, name):
    (tmp_path / "list.txt").touch()
    with pytest.raises(InputError, match=rf"{name}: (this is no folder|there is no such file)"):
        jobs(tmp_path / name, tmp_path)


def test_jobs_are_read_as_they_are_asked_for(tmp_path):
    source = tmp_path / "jobs.jsonl"
    source.write_text('{"inputs": "a.mp4"}\n' * 3 + "no job")
    manifest = Manifest(source=str(source), output="out")
    assert len(list(islice(manifest.jobs(), 3))) == 3
