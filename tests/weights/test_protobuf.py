from __future__ import annotations

import pytest

from filmnet.weights.protobuf import number, octets, read_message, varint


def test_numbers_have_seven_bits_a_byte() -> None:
    assert varint(b"\x96\x01", 0) == (150, 2)


def test_fields_come_by_number_in_order() -> None:
    fields = read_message(b"\x08\x96\x01\x12\x03abc\x08\x02")
    assert fields == {1: [150, 2], 2: [b"abc"]}
    assert (number(fields, 1), octets(fields, 2), number(fields, 9)) == (2, b"abc", 0)


@pytest.mark.parametrize("content", [b"\x12\x05abc", b"\x08\x96", b"\x0b"])
def test_what_is_no_message_raises(content: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        read_message(content)
