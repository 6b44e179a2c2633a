from __future__ import annotations

import pytest

from filmnet.errors import InputError
from filmnet.web.context import Asker
from filmnet.web.texts import PageError
from page_serving import SECONDS

ANN = Asker(visitor="ann", language="en", session="page")
BOB = Asker(visitor="bob", language="en", session="other")


@pytest.fixture
def context(page):
    return page.site.context


@pytest.fixture
def upload(context):
    path = context.workspace.new_folder("ann") / "a.jpg"
    path.write_bytes(b"x")
    return path


def ended(ticket):
    assert ticket.ended.wait(SECONDS)
    return ticket


def test_files_are_the_askers_own(context, upload):
    assert context.own_files(ANN, [str(upload)]) == (upload,)
    with pytest.raises(PageError, match="not yours"):
        context.own_files(BOB, [str(upload)])
    with pytest.raises(PageError, match="not yours"):
        context.own_files(ANN, [str(upload), "/etc/passwd"])


def test_a_job_works_in_a_folder_of_its_visitor(context, upload):
    ticket = ended(context.submit(ANN, [upload], lambda folder, report, cancel: folder))
    assert ticket.result.parent == context.workspace.root / "ann"
    assert ticket.result.is_dir()


def test_a_job_that_fails_leaves_no_folder(context, upload):
    folders = []

    def fail(folder, report, cancel):
        (folder / "half.mp4").write_bytes(b"x")
        folders.append(folder)
        raise InputError("no")

    assert ended(context.submit(ANN, [upload], fail)).state == "failed"
    assert not folders[0].exists()


def test_what_a_job_reads_is_kept_until_it_has_ended(context, upload, monkeypatch):
    monkeypatch.setattr(context.workspace, "_keep_seconds", -1)

    def make(folder, report, cancel):
        context.workspace.sweep()
        return upload.exists(), folder.exists()

    assert ended(context.submit(ANN, [upload], make)).result == (True, True)
    context.workspace.sweep()
    assert not upload.exists()
