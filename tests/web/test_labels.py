from __future__ import annotations

import pytest

from filmnet.web.labels import TRANSLATIONS, label
from filmnet.web.texts import texts


def test_a_label_is_translated_by_the_browser():
    assert label("stop").to_dict() == {"__type__": "translation_metadata", "key": "stop"}


def test_the_browser_knows_every_language():
    assert TRANSLATIONS.translations_dict == {"en": texts("en"), "zh": texts("zh")}


def test_a_misspelt_key_is_found_when_the_page_is_built():
    with pytest.raises(KeyError):
        label("stopp")
