import pytest

from filmnet.media.file_lock import take_lock


def test_a_lock_is_held_by_one_open_file_until_that_is_closed(tmp_path):
    path = tmp_path / "lock"
    with path.open("ab") as first, path.open("ab") as second:
        assert take_lock(first.fileno())
        assert not take_lock(second.fileno())
        first.close()
        assert take_lock(second.fileno())


def test_what_is_no_open_file_is_an_error(tmp_path):
    with (tmp_path / "lock").open("ab") as file:
        handle = file.fileno()
    with pytest.raises(OSError, match="descriptor"):
        take_lock(handle)
