"""A browser that hangs costs one test, not the run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error


def test_a_browser_that_hangs_is_killed_and_the_next_one_works(chromium):
    stuck = chromium.context().new_page()
    with pytest.raises(Error, match=r"closed|crashed"), chromium.watched(1):
        stuck.evaluate("() => { while (true) {} }")
    page = chromium.context().new_page()
    assert page.evaluate("6 * 7") == 42
