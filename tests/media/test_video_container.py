import os
import socket
import struct
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.media.video_container import open_container
from filmnet.media.video_info import probe_video
from media.video_files import write_video

KEY = "76a6c65c5ea762046bd749a2e632ccbb"


@contextmanager
def silent_socket():
    """A socket that fails the test if anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        yield server.getsockname()[1]
        with pytest.raises(TimeoutError):
            server.accept()


def sentence(path):
    with pytest.raises(InputError) as caught:
        probe_video(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text


LISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "m3u8 of a file": "#EXTM3U\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.mp4'\n",
    "concat of a file": "ffconcat version 1.0\nfile '{secret}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD><Period><AdaptationSet><Representation>'
    "<BaseURL>http://127.0.0.1:{port}/a.mp4</BaseURL>"
    "</Representation></AdaptationSet></Period></MPD>",
    "asx": '<asx version="3"><entry><ref href="http://127.0.0.1:{port}/a"/></entry></asx>',
    "rtsp text": "rtsptextRTSP://127.0.0.1:{port}/a",
    "metadata": ";FFMETADATA1\ntitle=x\n",
    "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg">'
    '<image href="http://127.0.0.1:{port}/a.png"/></svg>',
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_points_elsewhere_is_one_sentence_and_opens_nothing(tmp_path, kind):
    secret = write_video(tmp_path / "secret.mp4", 2)
    with silent_socket() as port:
        path = tmp_path / "holiday.mp4"
        path.write_text(LISTS[kind].format(port=port, secret=secret))
        assert "not a video of a known kind" in sentence(path)


@pytest.mark.parametrize(
    "name",
    [
        "http://127.0.0.1:{port}/a.mp4",
        "tcp://127.0.0.1:{port}",
        "concat:{secret}|{secret}",
        "subfile,,start,0,end,0,,:{secret}",
        "pipe:0",
        "-",
        "data:video/mp4;base64,AAAA",
    ],
)
def test_a_name_is_only_ever_the_name_of_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    secret = write_video(tmp_path / "secret.mp4", 2)
    with silent_socket() as port:
        assert "cannot be read" in sentence(Path(name.format(port=port, secret=secret)))


def test_a_pattern_is_no_series_of_pictures(tmp_path, save, noise):
    for number in range(3):
        save(f"{number}.png", noise())
    assert "cannot be read" in sentence(tmp_path / "%d.png")


def _external_movie(data, target):
    """The movie with its samples said to be in another file, and its own left out."""
    at = data.index(b"url ") - 4
    reference = b"file://" + str(target).encode() + b"\0"
    new = struct.pack(">I", 12 + len(reference)) + b"url " + bytes(4) + reference
    movie = bytearray(data[:at] + new + data[at + 12 :])
    for box in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        start = movie.index(box) - 4
        size = struct.unpack(">I", movie[start : start + 4])[0] + len(new) - 12
        movie[start : start + 4] = struct.pack(">I", size)
    samples = movie.index(b"mdat")
    length = struct.unpack(">I", movie[samples - 4 : samples])[0] - 8
    movie[samples + 4 : samples + 4 + length] = bytes(length)
    return bytes(movie)


def test_a_movie_never_takes_its_pictures_from_another_file(tmp_path):
    secret = write_video(tmp_path / "secret.mp4", 4)
    path = tmp_path / "movie.mov"
    path.write_bytes(_external_movie(secret.read_bytes(), secret))
    with open_container(path) as container:
        packets = [bytes(p) for p in container.demux(video=0) if p.size]
    assert not any(any(packet) for packet in packets)


def test_what_is_no_video_is_one_sentence(tmp_path, save, noise):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("nothing to see\n" * 50)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    save("photo.png", noise())
    (tmp_path / "photo.mp4").write_bytes((tmp_path / "photo.png").read_bytes())
    assert "is empty" in sentence(tmp_path / "empty.mp4")
    assert "is a folder" in sentence(tmp_path)
    assert "cannot be read (No such file" in sentence(tmp_path / "missing.mp4")
    for name in ("text.mp4", "noise.mp4", "photo.mp4"):
        assert "not a video" in sentence(tmp_path / name)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "not a file" in sentence(tmp_path / "pipe.mp4")


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", 48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "no video in this file" in sentence(tmp_path / "sound.mp4")


def test_an_encrypted_video_is_named_as_that(tmp_path):
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": KEY, "encryption_kid": KEY}
    path = write_video(tmp_path / "secret.mp4", 4, container_options=options)
    assert "encrypted" in sentence(path)


def test_a_video_without_frames_is_one_sentence(tmp_path):
    path = write_video(tmp_path / "a.mp4", 4)
    data = path.read_bytes()
    samples = data.index(b"mdat") + 4
    length = struct.unpack(">I", data[samples - 8 : samples - 4])[0] - 8
    path.write_bytes(data[:samples] + bytes(length) + data[samples + length :])
    assert "no frame" in sentence(path)
