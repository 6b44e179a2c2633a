from fractions import Fraction

import av
import pytest
from PIL import Image

from filmnet.errors import OutputError
from filmnet.media.output import open_output

NAMES = ["a.mp4", "a.webm", "a.mkv", "a.mov", "a.gif", "a.webp", "a.apng", "frames/"]
FPS = Fraction(30)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_there_when_complete_and_nothing_else(tmp_path, smooth, write, name):
    write(f"{tmp_path}/{name}", [smooth(shift=i) for i in range(3)])
    assert left_in(tmp_path) == [name.rstrip("/")]


@pytest.mark.parametrize("name", NAMES)
def test_while_it_is_written_the_name_is_not_taken(tmp_path, smooth, name):
    with open_output(f"{tmp_path}/{name}", size=(64, 64), fps=FPS) as output:
        output.write(smooth())
        assert name.rstrip("/") not in left_in(tmp_path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("frames", [0, 2])
def test_after_an_error_nothing_is_left(tmp_path, smooth, name, error, frames):
    def work():
        with open_output(f"{tmp_path}/{name}", size=(64, 64), fps=FPS) as output:
            for _ in range(frames):
                output.write(smooth())
            raise error

    with pytest.raises(error):
        work()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_interrupt_while_closing_leaves_nothing(tmp_path, smooth, write, monkeypatch, name):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("filmnet.media.output.put_in_place", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(f"{tmp_path}/{name}", [smooth()])
    assert left_in(tmp_path) == []


def test_a_failed_job_keeps_the_old_file(tmp_path, smooth, write):
    path = tmp_path / "a.mp4"
    path.write_text("old")
    with pytest.raises(ValueError, match="a picture of 60x64"):
        write(path, [smooth(), smooth(60)], overwrite=True)
    assert path.read_text() == "old"
    write(path, [smooth()], overwrite=True)
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_failed_job_keeps_the_old_frames_and_a_finished_one_replaces_all(tmp_path, smooth, write):
    folder = f"{tmp_path}/out/"
    write(folder, [smooth()] * 12)
    with pytest.raises(ValueError, match="a picture of"):
        write(folder, [smooth(), smooth(60)], overwrite=True)
    assert len(left_in(tmp_path / "out")) == 12
    write(folder, [smooth()] * 2, overwrite=True)
    assert left_in(tmp_path / "out") == ["frame_0.png", "frame_1.png"]
    assert left_in(tmp_path) == ["out"]


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path, smooth):
    path = tmp_path / "a.mp4"

    def work():
        with open_output(path, size=(64, 64), fps=FPS) as output:
            output.write(smooth())
            path.write_text("someone else's")

    with pytest.raises(OutputError, match="something took this name in the meantime"):
        work()
    assert path.read_text() == "someone else's"
    assert left_in(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv", "a.mov", "a.gif", "a.apng", "out/"])
def test_a_full_disk_is_one_sentence_and_nothing_is_left(
    tmp_path, noise, write, file_size_limit, name
):
    pictures = [noise(128, 96, seed=i) for i in range(6)]
    with file_size_limit(20_000), pytest.raises(OutputError) as caught:
        write(f"{tmp_path}/{name}", pictures)
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []


def test_what_an_encoder_cannot_do_is_one_sentence(tmp_path, smooth, write, monkeypatch):
    def refuse(*_):
        raise av.error.ArgumentError(22, "Invalid argument")

    monkeypatch.setattr("filmnet.media.output.VideoWriter.write", refuse)
    with pytest.raises(OutputError, match=r"a\.mp4: cannot be written \(Invalid argument\)"):
        write(tmp_path / "a.mp4", [smooth()])
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "size"), [("a.mkv", (48, 64)), ("a.mkv", (64, 63)), ("a.webp", (16_384, 2))]
)
def test_a_size_that_an_output_cannot_hold_is_refused_before_anything_is_opened(
    tmp_path, monkeypatch, name, size
):
    monkeypatch.setattr("filmnet.media.output.open_writer", lambda *_: pytest.fail("opened"))
    with (
        pytest.raises(OutputError, match=rf"{size[0]}x{size[1]} does not fit "),
        open_output(tmp_path / name, size=size, fps=FPS),
    ):
        pass
    assert left_in(tmp_path) == []


def test_an_output_without_frames_is_the_callers_fault(tmp_path):
    with (
        pytest.raises(ValueError, match="without frames"),
        open_output(tmp_path / "a.mp4", size=(64, 64), fps=FPS),
    ):
        pass
    assert left_in(tmp_path) == []


def test_a_link_stays_a_link(tmp_path, smooth, write):
    (tmp_path / "link.mp4").symlink_to(tmp_path / "real.mp4")
    write(tmp_path / "link.mp4", [smooth()], overwrite=True)
    assert (tmp_path / "link.mp4").is_symlink()
    assert (tmp_path / "real.mp4").stat().st_size > 0


def test_files_have_the_permissions_of_any_new_file(tmp_path, smooth, write):
    (tmp_path / "other").touch()
    write(tmp_path / "a.mp4", [smooth()])
    assert (tmp_path / "a.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_frames_carry_no_metadata(tmp_path, smooth, write):
    write(f"{tmp_path}/out/", [smooth()])
    with Image.open(tmp_path / "out" / "frame_0.png") as image:
        image.load()
        assert not image.getexif()
        assert image.info == {}


def test_the_longest_name_that_a_disk_takes_is_written(tmp_path, smooth, write):
    path = tmp_path / ("x" * 251 + ".mp4")
    write(path, [smooth()])
    assert path.exists()


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path, smooth, write):
    folder = tmp_path / "out"
    folder.mkdir()
    number = folder.stat().st_ino
    write(f"{folder}/", [smooth()] * 2)
    assert left_in(folder) == ["frame_0.png", "frame_1.png"]
    assert folder.stat().st_ino == number
    assert left_in(tmp_path) == ["out"]


def test_what_appears_meanwhile_in_an_empty_folder_stays_alone_there(tmp_path, smooth):
    def work():
        with open_output(f"{tmp_path}/", size=(64, 64), fps=FPS) as output:
            output.write(smooth())
            (tmp_path / "frame_0.png").write_text("someone else's")

    with pytest.raises(OutputError, match="something came into this folder in the meantime"):
        work()
    assert (tmp_path / "frame_0.png").read_text() == "someone else's"
    assert left_in(tmp_path) == ["frame_0.png"]


def test_an_interrupt_while_an_empty_folder_is_filled_leaves_it_empty(
    tmp_path, smooth, write, monkeypatch
):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.rmdir", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(f"{tmp_path}/", [smooth()] * 3)
    monkeypatch.undo()
    assert left_in(tmp_path) == []
