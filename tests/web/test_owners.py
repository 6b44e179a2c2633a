from __future__ import annotations

from filmnet.web.owners import Owners


def test_a_name_is_whose_who_claims_it_first():
    owners = Owners()
    assert owners.claim("session", "one")
    assert owners.claim("session", "one")
    assert not owners.claim("session", "two")
    assert owners.owns("session", "one")
    assert not owners.owns("session", "two")


def test_an_unknown_name_is_nobodys():
    assert not Owners().owns("session", "one")


def test_the_oldest_unused_are_forgotten():
    owners = Owners(most=2)
    owners.claim("a", "one")
    owners.claim("b", "one")
    owners.claim("a", "one")
    owners.claim("c", "one")
    assert owners.owns("a", "one")
    assert not owners.owns("b", "one")
