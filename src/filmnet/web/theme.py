"""How the page looks; nothing of it comes from another host."""

from __future__ import annotations

import gradio as gr

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")

CSS = """
.gradio-container { max-width: 1180px !important; }
.status { min-height: 2.6em; }
.status p { margin: 0.2em 0; }
.status progress { width: 100%; height: 0.8em; }
.status.error p { color: var(--error-text-color); font-weight: 600; }
.head { display: flex; flex-wrap: wrap; gap: 0.5em 2em; justify-content: space-between; }
"""


def make_theme() -> gr.themes.Base:
    """Gradio's soft theme in the system's fonts."""
    return gr.themes.Soft(font=FONTS, font_mono=MONO)
