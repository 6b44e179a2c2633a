from fractions import Fraction
from types import SimpleNamespace

import av
import pytest

from filmnet.media.video_container import main_stream, open_container, open_decoder
from filmnet.media.video_packets import DecodedFrame, FrameDecoder, PacketReader, spread
from media.video_files import write_video


def at(*instants):
    return [DecodedFrame(None, instant, 0, False) for instant in instants]


def placed(*instants):
    return [frame.instant for frame in spread(at(*instants))]


@pytest.mark.parametrize(
    ("instants", "wanted"),
    [
        ((0, 1, 2), [0, 1, 2]),
        ((0, 40, 40, 80), [0, 40, 60, 80]),
        ((0, 0, 2, 2, 4, 4), [0, 1, 2, 3, 4, 5]),
        ((0, 0, 0, 90), [0, 30, 60, 90]),
        ((0, None, 2), [0, None, 2]),
        ((5, 3), [5, 3]),
        ((), []),
    ],
)
def test_frames_that_share_an_instant_are_spread_until_the_next(instants, wanted):
    assert placed(*instants) == wanted


def test_a_file_without_instants_is_not_held_back_in_memory():
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield DecodedFrame(None, 0, 0, False)

    next(spread(endless()))
    assert len(taken) < 12


class Failing:
    """A container that fails to read now and then."""

    def __init__(self, *rounds):
        self.rounds = list(rounds)

    def demux(self, stream):
        for size in self.rounds.pop(0) if self.rounds else ():
            if size is None:
                raise av.error.InvalidDataError(1, "damaged")
            yield SimpleNamespace(size=size)


def test_packets_are_read_past_errors_and_empty_ones_left_out():
    reader = PacketReader(Failing([1, 2, None], [0, 3, None], [4]), None)
    assert [packet.size for packet in reader] == [1, 2, 3, 4]
    assert reader.errors == 2


def test_a_file_that_only_fails_ends():
    reader = PacketReader(Failing(*[[None]] * 1000), None)
    assert list(reader) == []
    assert reader.errors < 100


def test_frames_come_in_the_order_in_which_they_are_shown(tmp_path):
    path = write_video(tmp_path / "a.mp4", 12, options={"bf": "3"})
    with open_container(path) as container:
        stream = main_stream(container, path)
        frames = list(FrameDecoder(container, stream, open_decoder(stream, 1)))
    seconds = [frame.instant * stream.time_base for frame in frames]
    assert seconds == [Fraction(i, 25) for i in range(12)]
    assert not any(frame.lost or frame.is_spoiled for frame in frames)
