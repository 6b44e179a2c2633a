import re

from filmnet.web.theme import CSS, FONTS, MONO, make_theme


def test_nothing_of_the_look_comes_from_another_host():
    theme = make_theme()
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert theme._font_css == []
    assert not [sheet for sheet in theme._stylesheets if re.match(r"https?:|//", sheet)]
    assert FONTS[0] in theme.font
    assert MONO[0] in theme.font_mono


def test_text_stands_out_in_both_schemes():
    theme = make_theme()
    assert theme.error_text_color == "#b91c1c"
    assert theme.error_text_color_dark == "#fca5a5"
    assert theme.block_info_text_color != theme.block_info_text_color_dark
