from dataclasses import FrozenInstanceError, replace

import pytest

from video_material import BT709, HDR10


def test_colours_are_equal_when_everything_about_them_is():
    assert replace(HDR10) == HDR10
    assert replace(HDR10, content_light=None) != HDR10
    assert replace(BT709, full_range=True) != BT709


def test_a_colour_does_not_change():
    with pytest.raises(FrozenInstanceError):
        BT709.bits = 10


def test_its_text_tells_it_from_others():
    """By which pieces of an unfinished run are known to be of the same colour."""
    others = [replace(BT709, chroma_location=2), replace(BT709, transfer=13), HDR10]
    assert len({repr(colour) for colour in (BT709, *others)}) == 4
