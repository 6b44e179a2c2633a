import errno
import hashlib
import threading
from pathlib import Path

import pytest

from filmnet.errors import WeightsError
from filmnet.weights.download import download

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "folder" / "film.pt"


@pytest.fixture
def cut(server, target):
    """A download that was cut in the middle; the server works again."""
    server.content, server.cut_after = CONTENT, 500_000
    with pytest.raises(WeightsError):
        download(server.url, target)
    server.cut_after = None
    server.requests.clear()
    return server


def _names(target):
    return sorted(path.name for path in target.parent.iterdir())


def test_a_file_arrives_whole_and_its_sha256_is_returned(server, target):
    server.content = CONTENT
    assert download(server.url, target) == SHA256
    assert target.read_bytes() == CONTENT
    assert _names(target) == ["film.pt"]


def test_a_known_sha256_is_verified(server, target):
    server.content = CONTENT
    assert download(server.url, target, sha256=SHA256) == SHA256


def test_a_wrong_sha256_is_an_error_and_nothing_is_kept(server, target):
    server.content = CONTENT
    with pytest.raises(WeightsError, match=f"sha256 {SHA256}, not 0000.*removed; try again"):
        download(server.url, target, sha256="0" * 64)
    assert _names(target) == []


def test_a_cut_connection_keeps_what_came_under_another_name(server, target):
    server.content, server.cut_after = CONTENT, 500_000
    with pytest.raises(WeightsError, match="the connection was cut; try again to resume it"):
        download(server.url, target)
    assert _names(target) == ["film.pt.part", "film.pt.part.tag"]
    assert 0 < target.with_name("film.pt.part").stat().st_size <= 500_000


def test_the_next_attempt_asks_only_for_the_rest(cut, target):
    have = target.with_name("film.pt.part").stat().st_size
    assert download(cut.url, target) == SHA256
    assert cut.requests == [f"bytes={have}-"]
    assert _names(target) == ["film.pt"]


def test_a_server_without_ranges_sends_the_whole_again(cut, target):
    cut.ranges = False
    assert download(cut.url, target) == SHA256


def test_a_file_that_changed_meanwhile_is_fetched_anew(cut, target):
    cut.content, cut.etag = CONTENT[::-1], '"second"'
    download(cut.url, target)
    assert target.read_bytes() == CONTENT[::-1]


def test_a_range_that_the_server_cannot_satisfy_starts_afresh(cut, target):
    cut.content = CONTENT[:1000]
    download(cut.url, target)
    assert target.read_bytes() == CONTENT[:1000]
    assert cut.requests[1:] == [None]


def test_a_server_that_sends_another_part_than_asked_is_not_believed(cut, target):
    cut.shift = 10
    with pytest.raises(WeightsError, match="cut; try again"):
        download(cut.url, target)
    assert _names(target) == []
    cut.shift = 0
    assert download(cut.url, target) == SHA256


def test_without_a_mark_of_the_version_nothing_is_resumed(server, target):
    server.content, server.etag, server.cut_after = CONTENT, None, 500_000
    with pytest.raises(WeightsError):
        download(server.url, target)
    server.cut_after = None
    download(server.url, target)
    assert server.requests == [None, None]


def test_a_missing_file_is_an_error_with_the_address(server, target):
    server.status = 404
    with pytest.raises(WeightsError, match=rf"{server.url}: the server answers 404 Not Found"):
        download(server.url, target)


def test_no_server_is_no_connection(server, target):
    server.stop()
    with pytest.raises(WeightsError, match=rf"{server.url}: no connection"):
        download(server.url, target)


def test_a_silent_server_is_left_after_the_time_given(server, target):
    server.may_answer.clear()
    with pytest.raises(WeightsError, match=r"silent for 0\.2 s; try again"):
        download(server.url, target, timeout=0.2)


def test_a_full_disk_is_said(server, target, monkeypatch):
    server.content = CONTENT

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("filmnet.weights.download._receive", full)
    with pytest.raises(WeightsError, match=r"film\.pt cannot be written: the disk is full"):
        download(server.url, target)


def test_a_folder_that_cannot_be_made_is_said(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="cannot be written"):
        download(server.url, Path(tmp_path, "file", "film.pt"))


def test_two_at_once_never_write_to_the_same_part(server, target):
    server.content = CONTENT
    server.may_answer.clear()
    first = threading.Thread(target=download, args=(server.url, target))
    first.start()
    assert server.asked.wait(30)
    with pytest.raises(WeightsError, match=f"another process is downloading {server.url}; try"):
        download(server.url, target)
    server.may_answer.set()
    first.join()
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert _names(target) == ["film.pt"]


def test_a_file_that_cannot_take_its_place_is_one_sentence(server, target):
    server.content = CONTENT
    target.mkdir(parents=True)
    with pytest.raises(WeightsError, match=r"film\.pt cannot be written: .*directory"):
        download(server.url, target)
