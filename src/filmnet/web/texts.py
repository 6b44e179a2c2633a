"""All words of the page in one place: `locales/en.json` and its translations.

Labels are translated in the browser (Gradio's I18n), sentences about a job here on the server;
both by the same files and the same choice of language.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from filmnet.errors import FilmnetError

LANGUAGES = ("en", "zh")
"""The first is taken where none fits."""

_FOLDERS = re.compile(r"(?<!\w)(?:[A-Za-z]:)?[/\\](?:[^/\\:\n]+[/\\])+")

LANGUAGE_COOKIE = "filmnet_language"


class PageError(FilmnetError):
    """What a visitor can put right, in the visitor's language.

    Args:
        key: of the sentence in the locales.
        values: what its braces stand for.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(say("en", key, **values))
        self.key = key
        self.values = values


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of a language by key."""
    path = files("filmnet.web") / "locales" / f"{language}.json"
    loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def say(language: str, key: str, **values: object) -> str:
    """A sentence with its values."""
    return texts(language)[key].format(**values)


def sentence(language: str, error: FilmnetError) -> str:
    """What a visitor reads of an error; those of lower layers are English."""
    if isinstance(error, PageError):
        return say(language, error.key, **error.values)
    return hide_folders(str(error))


def hide_folders(text: str) -> str:
    """Leave only the last name of paths: where the server keeps its files is not for visitors."""
    return _FOLDERS.sub("", text)


def choose_language(chosen: str | None, accepted: str | None) -> str:
    """The visitor's language.

    Args:
        chosen: by the switch on the page, if it was used.
        accepted: the browser's `Accept-Language`, most wanted first.
    """
    if chosen in LANGUAGES:
        return chosen
    for part in (accepted or "").split(","):
        name = part.split(";")[0].strip().lower().split("-")[0]
        if name in LANGUAGES:
            return name
    return LANGUAGES[0]
