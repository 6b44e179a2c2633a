"""Labels that the browser shows in the visitor's language."""

from __future__ import annotations

from typing import Any

import gradio as gr

from filmnet.web.texts import LANGUAGES, texts

TRANSLATIONS = gr.I18n(**{language: texts(language) for language in LANGUAGES})
"""For Gradio, which chooses by the browser's language."""


def label(key: str) -> Any:
    """A text of the locales, which the browser translates.

    Raises:
        KeyError: the locales have no such text.
    """
    texts(LANGUAGES[0])[key]  # a misspelt key is found when the page is built
    return TRANSLATIONS(key)
