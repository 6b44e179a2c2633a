import pytest

from filmnet.media.announcement import announce, find_finished, folder_of_pieces, is_announced


@pytest.fixture
def part(tmp_path):
    """A file that is complete, in the folder of its pieces."""
    folder = tmp_path / ".filmnet-a.gif"
    folder.mkdir()
    (folder / "part").write_bytes(b"complete")
    announce(folder, tmp_path / "a.gif", {"frames": 3})
    return folder / "part"


def test_an_output_is_known_again_when_it_has_its_name(tmp_path, part):
    target = tmp_path / "a.gif"
    assert not is_announced(target)
    part.rename(target)
    assert is_announced(target)
    assert find_finished(part.parent, target)["frames"] == 3


def test_another_file_of_that_name_is_not_taken_for_it(tmp_path, part):
    target = tmp_path / "a.gif"
    target.write_bytes(b"somebody else's")
    assert not is_announced(target)
    assert find_finished(part.parent, target) == {}


def test_an_output_that_was_changed_since_is_not_taken_for_it(tmp_path, part):
    target = tmp_path / "a.gif"
    part.rename(target)
    target.write_bytes(b"and edited")
    assert not is_announced(target)


def test_a_damaged_announcement_says_nothing(tmp_path, part):
    target = tmp_path / "a.gif"
    part.rename(target)
    (part.parent / "finished.json").write_text("[1", "utf-8")
    assert not is_announced(target)


@pytest.fixture
def frames(tmp_path):
    """Two of three frames have moved from the part into the folder that was there."""
    target = tmp_path / "out"
    folder = target / ".filmnet-out"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "frame_2.png").write_bytes(b"2")
    announce(folder, target, {"frames": 3})
    for number in (0, 1):
        (target / f"frame_{number}.png").write_bytes(b"x")
    return folder


def test_frames_that_were_on_their_way_are_brought_after_the_others(tmp_path, frames):
    target = tmp_path / "out"
    assert folder_of_pieces(target, tmp_path) == frames
    assert is_announced(f"{target}/")
    assert find_finished(frames, target)["frames"] == 3
    assert (target / "frame_2.png").read_bytes() == b"2"
    assert not (frames / "part").exists()


def test_a_folder_from_which_a_frame_is_gone_is_not_finished(tmp_path, frames):
    (tmp_path / "out/frame_1.png").unlink()
    assert find_finished(frames, tmp_path / "out") == {}


def test_pieces_lie_beside_the_output_where_nothing_is_announced(tmp_path):
    assert folder_of_pieces(tmp_path / "a.mp4", tmp_path) == tmp_path / ".filmnet-a.mp4"
