from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.media.audio_track import atempo
from video_material import about, clicks, heard, loud_instants, moving, retime, tone, write_source


def packets_of(path, container=None):
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


@pytest.mark.parametrize("source", ["mp4", "matroska", "mov"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_copied_sound_is_the_same_bytes_at_the_same_instants(tmp_path, source, name):
    path = write_source(
        tmp_path / "in", container=source, sounds=[("aac", clicks(at=(0.3, 0.7)), "eng")]
    )
    retime(about(path, container=source), tmp_path / name, moving(30))
    assert packets_of(tmp_path / name) == packets_of(path)
    # Matroska counts in milliseconds.
    assert loud_instants(tmp_path / name) == pytest.approx(loud_instants(path), abs=0.0011)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_pictures_start_at_zero_whatever_sound_comes_earlier(tmp_path, name):
    path = write_source(tmp_path / "in", container="mp4", sounds=[("aac", clicks(), "eng")])
    retime(about(path, start=Fraction(1, 5)), tmp_path / name, moving(24))
    with av.open(str(tmp_path / name)) as file:
        first = next(file.decode(video=0))
        assert first.pts == 0
    assert loud_instants(tmp_path / name) == pytest.approx([0.3], abs=0.002)


@pytest.mark.parametrize("slower", [Fraction(3, 2), Fraction(2), Fraction(4)])
def test_slowed_sound_stays_with_its_pictures(tmp_path, slower):
    path = write_source(
        tmp_path / "in", container="mp4", sounds=[("aac", long_clicks((0.2, 0.6)), "eng")]
    )
    retime(about(path), tmp_path / "a.mp4", moving(4), slower=slower)
    start, samples, rate = heard(tmp_path / "a.mp4")
    for instant in (0.2, 0.6):
        # Sound is laid in pieces of 43 ms, each of them moved by some ms to where waves meet.
        assert centre(samples, rate, instant * slower, 0.2 * slower) - start == pytest.approx(
            float(instant * slower), abs=0.03
        )
    assert len(samples) / rate == pytest.approx(float(slower), abs=0.03)  # a packet is 21 ms


@pytest.mark.parametrize("slower", [Fraction(2), Fraction(5)])
def test_slowed_sound_keeps_its_pitch(tmp_path, slower):
    path = write_source(tmp_path / "in", container="mp4", sounds=[("aac", tone(hertz=1000), "eng")])
    retime(about(path), tmp_path / "a.mp4", moving(4), slower=slower)
    _, samples, rate = heard(tmp_path / "a.mp4")
    middle = samples[rate // 2 : rate // 2 + rate]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * rate / len(middle) == pytest.approx(1000, abs=3)


@pytest.mark.parametrize("encoder", ["libmp3lame", "libopus", "flac", "pcm_s16le", "ac3"])
def test_every_codec_is_slowed(tmp_path, encoder):
    path = write_source(
        tmp_path / "in", container="matroska", sounds=[(encoder, clicks(channels=2), "eng")]
    )
    retime(about(path, container="matroska"), tmp_path / "a.mkv", moving(4), slower=Fraction(2))
    _, samples, rate = heard(tmp_path / "a.mkv")
    assert len(samples) / rate == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("slower", "stages"), [("3/2", 1), ("2", 1), ("5/2", 2), ("4", 2), ("9", 4)]
)
def test_tempos_multiply_to_the_factor_and_each_is_allowed(slower, stages):
    tempos = [float(argument.removeprefix("tempo=")) for argument in atempo(Fraction(slower))]
    assert len(tempos) == stages
    assert np.prod(tempos) == pytest.approx(1 / float(Fraction(slower)))
    assert all(0.5 - 1e-9 <= tempo <= 1 for tempo in tempos)


def long_clicks(instants):
    return sum(clicks(at=(instant + i * 0.005 - 0.025,)) for instant in instants for i in range(10))


def centre(samples, rate, instant, around):
    """Where the energy around an instant has its middle, in seconds."""
    first = max(round(float(instant - around) * rate), 0)
    energy = samples[first : round(float(instant + around) * rate)] ** 2
    return (first + np.sum(np.arange(len(energy)) * energy) / energy.sum()) / rate
