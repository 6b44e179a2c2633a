import errno
from pathlib import Path

import pytest

from filmnet.errors import OutputError
from filmnet.evaluation.reports import check_reports, write_reports


def test_reports_are_written_and_other_files_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_reports(tmp_path, {"a.csv": "1", "b.html": "ä"}, overwrite=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.html", "notes.txt"]
    assert (tmp_path / "b.html").read_text("utf-8") == "ä"


def test_an_older_report_is_replaced_only_if_asked(tmp_path):
    write_reports(tmp_path / "r", {"a.csv": "old"}, overwrite=False)
    with pytest.raises(OutputError, match=r"a\.csv: exists already; pass --overwrite"):
        write_reports(tmp_path / "r", {"a.csv": "new"}, overwrite=False)
    assert (tmp_path / "r" / "a.csv").read_text() == "old"
    write_reports(tmp_path / "r", {"a.csv": "new"}, overwrite=True)
    assert (tmp_path / "r" / "a.csv").read_text() == "new"


def test_after_a_failure_nothing_new_is_there(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("old")
    write_text = Path.write_text

    def full_at_the_second(path, text, encoding):
        if "b.csv" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(path, text, encoding)

    monkeypatch.setattr(Path, "write_text", full_at_the_second)
    with pytest.raises(OutputError, match=r"the reports cannot be written \(No space left"):
        write_reports(tmp_path, {"a.csv": "new", "b.csv": "new"}, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_file_is_no_folder_for_reports(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: is a file; reports need a folder"):
        check_reports(tmp_path / "file", ["a"], overwrite=True)
    with pytest.raises(OutputError, match=r"is a file; name another folder"):
        check_reports(tmp_path / "file" / "inner", ["a"], overwrite=True)
