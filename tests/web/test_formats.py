from __future__ import annotations

import pytest

from filmnet.media.formats import FILE_FORMATS
from filmnet.web.formats import DEFAULT_FORMAT, FORMATS, find_format
from filmnet.web.texts import PageError


def test_every_format_can_be_written():
    for kind in FORMATS.values():
        if kind.extension != "/":
            codecs = FILE_FORMATS[kind.extension].codecs
            assert {kind.codec or codecs[0], kind.deep_codec or codecs[0]} <= set(codecs)


def test_the_default_is_played_by_every_browser():
    kind = find_format(DEFAULT_FORMAT)
    assert (kind.extension, kind.codec, kind.shown) == (".mp4", "h264", "video")


def test_browsers_get_deep_video_as_av1():
    assert {FORMATS[name].deep_codec for name in ("mp4", "webm")} == {"av1"}


@pytest.mark.parametrize("name", ["exe", "", "../mp4", "MP4"])
def test_an_unknown_format_is_one_sentence(name):
    with pytest.raises(PageError, match="There is no format"):
        find_format(name)
