from __future__ import annotations

import pytest

from filmnet.errors import InputError
from filmnet.web.settings import Limits, WebSettings, parse_account, read_accounts


def test_by_default_it_listens_here_alone_and_shares_nothing():
    settings = WebSettings()
    assert (settings.host, settings.share, settings.accounts) == ("127.0.0.1", False, ())


def test_an_account_may_have_colons_in_its_password():
    assert parse_account("ann:a:b") == ("ann", "a:b")


@pytest.mark.parametrize("text", ["ann", "ann:", ":secret", ""])
def test_half_an_account_is_refused(text):
    with pytest.raises(InputError, match="user:password"):
        parse_account(text)


def test_accounts_come_from_a_file(tmp_path):
    path = tmp_path / "accounts"
    path.write_text("# team\nann:one\n\nbob:two \n", encoding="utf-8")
    assert read_accounts(path) == [("ann", "one"), ("bob", "two")]


@pytest.mark.parametrize(
    ("text", "message"),
    [("ann:one\nbob\n", "line 2"), ("# nobody\n", "no account"), (None, "cannot be read")],
)
def test_a_bad_file_of_accounts_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "accounts"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_accounts(path)


@pytest.mark.parametrize("name", ["upload_bytes", "pixels", "frames", "minutes", "files", "queue"])
def test_a_limit_is_above_0(name):
    with pytest.raises(InputError, match=f"limit of {name} is 0"):
        Limits(**{name: 0})
