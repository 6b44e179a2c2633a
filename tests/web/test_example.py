from __future__ import annotations

import pytest

import filmnet.web.example as example
from filmnet.errors import InputError
from filmnet.media import probe_photo
from filmnet.web.workspace import Workspace


def test_each_visitor_gets_a_copy(tmp_path):
    workspace = Workspace(tmp_path)
    paths = example.copy_example(workspace, "one")
    assert [path.name for path in paths] == ["one.jpg", "two.jpg"]
    for path in paths:
        assert workspace.own_file("one", str(path)) == path
        assert probe_photo(path).width == 960
    workspace.close()


def test_an_installation_without_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(example, "__file__", str(tmp_path / "a" / "b" / "c" / "example.py"))
    with pytest.raises(InputError, match="not part of this installation"):
        example.example_folder()
