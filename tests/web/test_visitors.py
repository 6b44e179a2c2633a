from __future__ import annotations

import pytest

from filmnet.web.visitors import Visitors


def test_a_token_names_its_visitor_again():
    visitors = Visitors()
    token = visitors.issue()
    name = visitors.read(token)
    assert name == visitors.read(token)
    assert len(name) == 32
    assert name.isalnum()


def test_every_visitor_is_another():
    visitors = Visitors()
    assert len({visitors.read(visitors.issue()) for _ in range(50)}) == 50


@pytest.mark.parametrize("token", [None, "", "a", "a.b", "../../etc", "é.ü", "x" * 1000, "."])
def test_what_was_not_issued_is_nobody(token):
    assert Visitors().read(token) is None


def test_a_changed_token_is_nobody():
    visitors = Visitors()
    chance, signature = visitors.issue().split(".")
    assert visitors.read(f"{chance}x.{signature}") is None
    assert visitors.read(f"{chance}.{signature[:-1]}") is None


def test_a_token_of_another_run_is_nobody():
    assert Visitors().read(Visitors().issue()) is None
