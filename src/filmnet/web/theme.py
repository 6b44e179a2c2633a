"""How the page looks; nothing of it comes from another host."""

from __future__ import annotations

import gradio as gr

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")

CSS = """
.gradio-container {
  width: 100% !important; max-width: 1240px !important; margin: 0 auto !important;
}
@media (max-width: 480px) {
  .gradio-container .app { padding: 1em !important; }
  [role="tab"] { padding: 0 0.6em !important; }
}
.head { align-items: flex-start; justify-content: space-between; gap: 0 1.5em; }
.head > .block { min-width: 0 !important; }
#title { flex: 1 1 18em; }
#languages { flex: 0 0 auto; width: auto; white-space: nowrap; padding-top: 0.6em; }
#languages .html-container { padding: 0; }
.sides { gap: 1.5em; }

/* Names stand above what they name, never over a picture. */
[data-testid="block-label"] {
  position: static; border: none; box-shadow: none; padding: 0.5em 0.75em;
  background: none;
}
[data-testid="block-label"] > span { display: none; }
[role="tab"][aria-selected="true"] { color: var(--link-text-color) !important; }
.tight { gap: 0.5em; }
.tight button { min-width: 0; padding: 0.4em 0.3em; }

#photos-order .thumbnail-item { aspect-ratio: 3 / 2; }
#photos-order .grid-wrap { min-height: 0; max-height: 22em; }
.block.empty {
  border: 2px dashed var(--border-color-accent); border-radius: 0.75em;
  padding: 1em 1.5em; background: none;
}
.empty li { margin: 0.4em 0; }

.status { min-height: 2.6em; }
.status p { margin: 0.2em 0; }
.status.error p { color: var(--error-text-color); font-weight: 600; }
.status.done p:first-child { font-weight: 600; }
.status progress {
  appearance: none; width: 100%; height: 0.7em; border: none; border-radius: 0.35em;
  overflow: hidden; background: var(--neutral-300); accent-color: var(--color-accent);
}
.status progress::-webkit-progress-bar { background: var(--neutral-300); }
.status progress::-webkit-progress-value { background: var(--color-accent); }
.status progress::-moz-progress-bar { background: var(--color-accent); }
"""

_CALM = {
    "block_label_background_fill": "transparent",
    "block_label_background_fill_dark": "transparent",
    "block_label_text_color": "*neutral_800",
    "block_label_text_color_dark": "*neutral_100",
    "block_label_text_weight": "600",
    "body_background_fill": "*neutral_100",
    "block_background_fill": "white",
    "block_title_background_fill": "transparent",
    "block_title_background_fill_dark": "transparent",
    "block_title_padding": "0",
    "block_title_text_color": "*neutral_800",
    "block_title_text_color_dark": "*neutral_100",
    "block_title_text_weight": "600",
}
_CONTRAST = {
    "block_info_text_color": "*neutral_600",
    "block_info_text_color_dark": "*neutral_300",
    "body_text_color_subdued": "*neutral_600",
    "body_text_color_subdued_dark": "*neutral_300",
    "error_text_color": "#b91c1c",
    "error_text_color_dark": "#fca5a5",
    "button_primary_background_fill": "*primary_600",
    "button_primary_background_fill_dark": "*primary_600",
    "button_primary_background_fill_hover": "*primary_700",
    "button_primary_background_fill_hover_dark": "*primary_700",
    "link_text_color": "*primary_700",
    "link_text_color_dark": "*primary_300",
    "link_text_color_visited": "*primary_700",
    "link_text_color_visited_dark": "*primary_300",
}
"""Text stands out from its background by 4.5 to 1 and more."""


def make_theme() -> gr.themes.Base:
    """Gradio's soft theme in the system's fonts, calmer and with more contrast."""
    theme = gr.themes.Soft(font=FONTS, font_mono=MONO)
    return theme.set(**_CALM, **_CONTRAST)
