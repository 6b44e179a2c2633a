import errno
from fractions import Fraction
from pathlib import Path

import pytest

from filmnet.errors import InputError, OutputError
from filmnet.media.output_spec import check_output

FPS = Fraction(30)


def test_a_new_file_in_a_folder_is_fine(tmp_path):
    spec = check_output(tmp_path / "a.mp4", fps=FPS, crf=20)
    assert not spec.is_folder
    assert spec.target == (tmp_path / "a.mp4").resolve()


def test_a_missing_parent_is_an_error_and_is_not_made(tmp_path):
    for name in ("no/a.mp4", "no/frames/"):
        with pytest.raises(OutputError, match=r"there is no folder .*no; make it first"):
            check_output(f"{tmp_path}/{name}", fps=FPS)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_an_error_that_names_overwrite(tmp_path):
    (tmp_path / "a.mp4").write_text("old")
    with pytest.raises(OutputError, match=r"a\.mp4: this file exists; pass --overwrite"):
        check_output(tmp_path / "a.mp4", fps=FPS)
    assert check_output(tmp_path / "a.mp4", fps=FPS, overwrite=True)


def test_a_folder_without_a_slash_is_an_error_that_names_it(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(OutputError, match="this is a folder; end it with /"):
        check_output(tmp_path / "a.mp4", fps=FPS)


def test_a_frames_folder_may_be_new_or_empty(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        assert check_output(f"{tmp_path}/{name}/", fps=FPS).is_folder


def test_a_folder_of_frames_needs_overwrite(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "frame_0.png").touch()
    with pytest.raises(OutputError, match="this folder has frames; pass --overwrite"):
        check_output(f"{tmp_path}/out/", fps=FPS)
    assert check_output(f"{tmp_path}/out/", fps=FPS, overwrite=True)


def test_a_folder_with_other_things_is_never_replaced(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(OutputError, match="holds other things than frames"):
        check_output(f"{tmp_path}/", fps=FPS, overwrite=True)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="this is a file"):
        check_output(f"{tmp_path}/out/", fps=FPS, overwrite=True)


@pytest.mark.parametrize("setting", [{"crf": 20}, {"codec": "h264"}])
def test_png_frames_have_no_codec_and_no_crf(tmp_path, setting):
    with pytest.raises(InputError, match="PNG frames have no codec and no crf"):
        check_output(f"{tmp_path}/out/", fps=FPS, **setting)


def test_gif_plays_no_more_than_50_frames_per_second(tmp_path):
    with pytest.raises(InputError, match="60 frames per second are more than the 50"):
        check_output(tmp_path / "a.gif", fps=Fraction(60))
    assert check_output(tmp_path / "a.gif", fps=Fraction(50))


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.mp4").write_text("old")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "real.mp4")
    spec = check_output(tmp_path / "link.mp4", fps=FPS, overwrite=True)
    assert spec.target == (tmp_path / "real.mp4").resolve()


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "x" * 300 + "/"])
def test_a_name_that_the_system_refuses_is_one_sentence(tmp_path, name):
    with pytest.raises(OutputError, match=r"cannot be written \(File name too long\)$"):
        check_output(f"{tmp_path}/{name}", fps=FPS)


def test_a_folder_that_cannot_be_looked_into_is_one_sentence(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    for name in ("is_dir", "exists", "iterdir"):
        monkeypatch.setattr(Path, name, refuse)
    assert check_output(f"{tmp_path}/a.mp4", fps=FPS)
    with pytest.raises(OutputError, match=r"this folder cannot be read \(Permission denied\)$"):
        check_output(f"{tmp_path}/", fps=FPS)


def test_an_empty_name_is_an_error():
    with pytest.raises(OutputError, match="the output has an empty name"):
        check_output("", fps=FPS)


def test_a_path_object_without_an_extension_is_a_folder(tmp_path):
    spec = check_output(tmp_path / "frames", fps=FPS)
    assert spec.is_folder
    assert spec.target == tmp_path.resolve() / "frames"
    with pytest.raises(OutputError, match="unknown extension"):
        check_output(str(tmp_path / "frames"), fps=FPS)


def test_only_an_empty_folder_itself_has_to_be_writable(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.setattr("os.access", lambda path, _: Path(path) == (tmp_path / "out").resolve())
    assert check_output(f"{tmp_path}/out/", fps=FPS)
    with pytest.raises(OutputError, match="no permission to write into"):
        check_output(f"{tmp_path}/new/", fps=FPS)
