from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import filmnet.web
from filmnet.errors import InputError
from filmnet.web.texts import LANGUAGES, PageError, choose_language, say, sentence, texts

SOURCES = sorted(Path(filmnet.web.__file__).parent.glob("*.py"))


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_has_every_text_with_the_same_values(language):
    english, translated = texts("en"), texts(language)
    assert list(translated) == list(english)
    for key, text in english.items():
        assert fields(translated[key]) == fields(text), key
        assert translated[key].strip(), key


def test_a_translation_is_one():
    same = [key for key, text in texts("en").items() if texts("zh")[key] == text]
    assert same == []


def test_every_text_is_used():
    source = "".join(path.read_text() for path in SOURCES)
    unused = [key for key in texts("en") if f'"{key}"' not in source]
    assert [key for key in unused if not re.match("seen_", key)] == []


def test_values_stand_in_the_sentence():
    assert say("en", "status_waiting", position=3) == "Waiting: 3 before you."
    assert say("zh", "status_waiting", position=3) == "正在等待：前面还有 3 个任务。"


def test_an_error_speaks_the_visitors_language():
    error = PageError("error_files", limit=5)
    assert str(error) == "At most 5 files are taken at once; choose fewer."
    assert sentence("zh", error) == "一次最多 5 个文件；请减少数量。"
    assert sentence("zh", InputError("as it is")) == "as it is"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/tmp/filmnet-web-x/ab/cd/a.mkv: too small", "a.mkv: too small"),
        ("it would replace /tmp/a b/c.png; choose", "it would replace c.png; choose"),
        ("C:\\Users\\ann\\a.png: damaged", "a.png: damaged"),
        ("30000/1001 or 24000/1001", "30000/1001 or 24000/1001"),
        ("a folder/ of PNG frames and/or more", "a folder/ of PNG frames and/or more"),
    ],
)
def test_nobody_learns_where_the_server_keeps_its_files(text, shown):
    assert sentence("en", InputError(text)) == shown


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("zh", "en-US,en;q=0.9", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de-DE,zh-TW;q=0.5,en;q=0.3", "zh"),
        (None, "fr", "en"),
        ("xx", None, "en"),
        (None, "", "en"),
    ],
)
def test_the_switch_decides_then_the_browser_then_english(chosen, accepted, language):
    assert choose_language(chosen, accepted) == language
