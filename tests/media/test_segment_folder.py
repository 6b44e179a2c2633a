import pytest

from filmnet.errors import OutputError
from filmnet.media.segment_folder import open_segment_folder


@pytest.fixture
def folder(tmp_path):
    def make(manifest=None, *, resume=False, way=None):
        return open_segment_folder(
            tmp_path / ".filmnet-a.mp4",
            target=tmp_path / "a.mp4",
            name="a.mp4",
            manifest=manifest or {"fps": "30"},
            resume=resume,
            way=way,
        )

    return make


def add(folder, frames, content=b"x"):
    folder.part.write_bytes(content)
    folder.finish_part(frames, ".mkv")


def test_a_piece_has_its_name_only_when_it_is_complete(folder):
    with folder() as pieces:
        pieces.part.write_bytes(b"half")
        assert pieces.frames == 0
        pieces.finish_part(8, ".mkv")
        assert pieces.frames == 8
        assert (pieces.path / "000000000-000000008.mkv").read_bytes() == b"half"


def test_pieces_are_found_again_up_to_the_first_gap(folder):
    with folder() as pieces:
        for frames in (8, 8, 8):
            add(pieces, frames)
    pieces.segments[1].path.unlink()
    with folder(resume=True) as found:
        assert found.frames == 8
        assert sorted(path.name for path in found.path.iterdir()) == [
            "000000000-000000008.mkv",
            "lock",
            "manifest.json",
        ]


def test_a_half_written_part_is_removed(folder):
    with folder() as pieces:
        add(pieces, 8)
        pieces.part.write_bytes(b"half")
    assert not pieces.part.exists()
    assert pieces.path.exists()


def test_pieces_without_a_manifest_are_nobodys(folder):
    with folder() as pieces:
        add(pieces, 8)
    (pieces.path / "manifest.json").unlink()
    with folder(resume=True) as found:
        assert found.frames == 0


def test_a_damaged_manifest_is_one_sentence(folder):
    with folder() as pieces:
        add(pieces, 8)
    (pieces.path / "manifest.json").write_bytes(b"{")
    with pytest.raises(OutputError, match=r"^a\.mp4: what is kept .* differs in fps; run without"):
        folder(resume=True).__enter__()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "a").write_text("a file")
    opening = open_segment_folder(
        tmp_path / "a", target=tmp_path / "a.mp4", name="a.mp4", manifest={}, resume=False
    )
    with pytest.raises(OutputError, match=r"^a\.mp4: cannot be written \(File exists\)"):
        opening.__enter__()


def test_pieces_made_in_another_way_are_not_gone_on_with_and_that_is_said(folder):
    with folder(way={"network": "small, bfloat16", "PyAV": "18"}) as pieces:
        add(pieces, 8)
    with folder(resume=True, way={"network": "small, bfloat16", "PyAV": "18"}) as found:
        assert (found.frames, found.remarks) == (8, ())
    with folder(resume=True, way={"network": "small, float32", "PyAV": "18"}) as found:
        assert found.frames == 0
        assert found.remarks == (
            "starts afresh: the 8 frames that are kept were made with another network, "
            "so the result would not be that of one run",
        )
        assert sorted(path.name for path in found.path.iterdir()) == ["lock", "manifest.json"]


def test_what_was_asked_for_is_never_thrown_away_for_another_wish(folder):
    with folder(way={"network": "small"}) as pieces:
        add(pieces, 8)
    with pytest.raises(OutputError, match=r"differs in fps; run without --resume"):
        folder({"fps": "60"}, resume=True, way={"network": "other"}).__enter__()
    with folder(resume=True, way={"network": "small"}) as found:
        assert found.frames == 8
