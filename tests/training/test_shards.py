import json
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from filmnet.errors import OutputError, RecipeError
from filmnet.training.augmentation import Augmentation
from filmnet.training.data import TripletDataset
from filmnet.training.layouts import Layout, open_sequences, recognise, survey
from filmnet.training.recipe import Stage
from filmnet.training.scenes import SceneConfig
from filmnet.training.sequences import read_frame
from filmnet.training.shard_writer import index_shards, write_shards
from filmnet.training.shards import split_name
from material import sliding, write_sequence, write_vimeo

STAGE = Stage(steps=1, crop_px=24, real_share=1.0)


@pytest.fixture
def vimeo(tmp_path):
    return write_vimeo(tmp_path / "vimeo", 5)


@pytest.fixture
def shards(vimeo, tmp_path):
    """Five triplets in three shards."""
    size = sum(path.stat().st_size for path in vimeo.glob("sequences/00001/0001/*"))
    write_shards(vimeo, tmp_path / "shards", shard_bytes=size * 3 // 2)
    return tmp_path / "shards"


def samples(data, count=12):
    made = TripletDataset(data, STAGE, SceneConfig(), Augmentation(), 0)
    return [made[i] for i in range(count)]


def same(first, second):
    return all(
        torch.equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def names(data):
    sequences = open_sequences(data)
    return [sequences.name(i) for i in range(len(sequences))]


def test_shards_give_the_very_samples_of_the_folders_they_were_made_from(vimeo, shards):
    assert recognise(shards) is Layout.SHARDS
    assert len(list(shards.glob("*.tar"))) == 3
    assert same(samples(shards), samples(vimeo))


def test_a_stream_of_shards_resumes_in_the_middle_of_an_epoch(shards):
    dataset = TripletDataset(shards, STAGE, SceneConfig(), Augmentation(), 0)
    resumed = DataLoader(dataset, batch_size=None, sampler=range(8, 12), num_workers=2)
    assert same(list(resumed), samples(shards)[8:])


def test_the_webdataset_library_reads_the_shards(vimeo, shards):
    code = (
        "import io, sys, webdataset\n"
        "from PIL import Image\n"
        "for s in webdataset.WebDataset(sys.argv[1:], shardshuffle=False, empty_check=False):\n"
        "    keys = [k for k in s if not k.startswith('__')]\n"
        "    print(s['__key__'], *keys, *(Image.open(io.BytesIO(s[k])).size for k in keys[:1]))\n"
    )
    paths = [str(path) for path in sorted(shards.glob("*.tar"))]
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *paths],
        capture_output=True,
        check=True,
        text=True,
    )
    expected = [
        f"{name.replace('/', '_')} im1.png im2.png im3.png (32, 32)" for name in names(vimeo)
    ]
    assert made.stdout.splitlines() == expected


def test_long_sequences_and_names_with_dots_keep_their_order(tmp_path):
    write_sequence(tmp_path / "data/train/002/occ008.320", sliding(11, size=16), "{}.a.png")
    write_shards(tmp_path / "data", tmp_path / "shards")
    assert names(tmp_path / "shards") == ["002_occ008_320"]
    shards, folders = open_sequences(tmp_path / "shards"), open_sequences(tmp_path / "data")
    assert [shards.file_name(0, i) for i in (0, 1, 10)] == ["1_a.png", "2_a.png", "11_a.png"]
    for frame in range(11):
        assert np.array_equal(read_frame(shards, 0, frame), read_frame(folders, 0, frame))


def test_shards_can_be_sharded_anew(vimeo, shards, tmp_path):
    write_shards(shards, tmp_path / "one")
    assert len(list((tmp_path / "one").glob("*.tar"))) == 1
    assert same(samples(tmp_path / "one", 5), samples(vimeo, 5))


def test_parts_on_several_disks_are_one_set_by_their_common_index(vimeo, tmp_path):
    for k in (1, 2):
        write_shards(vimeo, tmp_path / f"disk{k}" / "part", part=(k, 2))
    parts = [str(tmp_path / f"disk{k}" / "part") for k in (1, 2)]
    assert index_shards(parts, tmp_path / "disk1" / "set.json") == 5
    paths = [
        line["path"] for line in json.loads((tmp_path / "disk1/set.json").read_text())["shards"]
    ]
    assert paths == ["part/shard-000000.tar", f"{parts[1]}/shard-000000.tar"]
    assert recognise(tmp_path / "disk1" / "set.json") is Layout.SHARDS
    assert same(samples(tmp_path / "disk1" / "set.json"), samples(vimeo))


def test_the_same_data_give_the_same_shards(vimeo, shards, tmp_path):
    write_shards(vimeo, tmp_path / "again", shard_bytes=10**9)
    write_shards(shards, tmp_path / "more", shard_bytes=10**9)
    again, more = (tmp_path / name / "shard-000000.tar" for name in ("again", "more"))
    assert again.read_bytes() == more.read_bytes()
    with tarfile.open(again) as archive:
        assert {(entry.uid, entry.uname, entry.mtime) for entry in archive} == {(0, "", 0)}


def test_shards_of_others_are_indexed_and_what_is_no_sequence_is_counted(tmp_path):
    write_sequence(tmp_path / "in", sliding(12, size=16), "{}.png")
    (tmp_path / "in" / "note.json").write_text("{}")
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        for i in (1, 10, 11, 2, 3):  # as `tar` sorts them
            archive.add(tmp_path / "in" / f"{i}.png", f"clips/a.frame{i}.png")
        archive.add(tmp_path / "in" / "note.json", "clips/a.json")
        archive.add(tmp_path / "in" / "1.png", "clips/single.png")
    assert index_shards([str(tmp_path / "other.tar")], tmp_path / "index.json") == 2
    sequences = open_sequences(tmp_path)
    assert names(tmp_path) == ["clips/a"]
    assert [sequences.file_name(0, i) for i in range(5)] == [
        f"frame{i}.png" for i in (1, 2, 3, 10, 11)
    ]
    assert survey(tmp_path).remarks == ("samples of fewer than three pictures: 1",)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.png", ("a", "png")),
        ("b/a.im1.png", ("b/a", "im1.png")),
        ("./x.y/a.im1.png", ("x.y/a", "im1.png")),
    ],
)
def test_names_are_split_at_the_first_dot_after_the_last_slash(name, parts):
    assert split_name(name) == parts


class _Ranges(BaseHTTPRequestHandler):
    """A server of one folder that sends parts of files."""

    folder = None

    def do_HEAD(self):
        self._send(body=False)

    def do_GET(self):
        self._send(body=True)

    def _send(self, *, body):
        data = (self.folder / self.path.strip("/")).read_bytes()
        wanted = self.headers.get("Range")
        self.send_response(206 if wanted else 200)
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            part = data[int(first) : int(last) + 1]
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        else:
            part = data
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if body:
            self.wfile.write(part)

    def log_message(self, *_):
        pass


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # fsspec keeps its connections to the end
def test_shards_behind_a_url_are_read_piece_by_piece(vimeo, shards, tmp_path):
    handler = type("Handler", (_Ranges,), {"folder": shards})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        urls = [f"{base}/{path.name}" for path in sorted(shards.glob("*.tar"))]
        assert index_shards(urls, tmp_path / "remote.json") == 5
        assert same(samples(tmp_path / "remote.json", 5), samples(vimeo, 5))
    finally:
        server.shutdown()
        server.server_close()


def test_a_shard_that_is_not_there_is_named_before_the_first_step(shards):
    (shards / "shard-000001.tar").unlink()
    with pytest.raises(RecipeError, match=r"shard-000001\.tar: .*index\.json names this shard"):
        open_sequences(shards)


def test_a_shard_cut_short_is_named(shards):
    path = shards / "shard-000002.tar"
    path.write_bytes(path.read_bytes()[:2000])
    sequences = open_sequences(shards)
    with pytest.raises(RecipeError, match=r"shard-000002\.tar: ends within 00003_0001\.im3\.png"):
        sequences.read(4, 2)


def test_shards_without_an_index_say_how_to_make_one(shards):
    (shards / "index.json").unlink()
    with pytest.raises(RecipeError, match=r"by way of an index; `filmnet data index` writes it"):
        open_sequences(shards)


@pytest.mark.parametrize("text", ["{", "[]", '{"shards": [{"path": "a"}]}'])
def test_a_damaged_index_is_named(shards, text):
    (shards / "index.json").write_text(text)
    with pytest.raises(RecipeError, match=r"index\.json: is damaged"):
        open_sequences(shards)


def test_a_compressed_or_missing_tar_is_refused(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.png"))
    for path in (tmp_path / "a.tar", tmp_path / "none.tar"):
        with pytest.raises(RecipeError, match=r"\.tar: cannot be read as an uncompressed tar"):
            index_shards([str(path)], tmp_path / "index.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_a_folder_without_shards_and_an_index_of_another_name_are_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"no \.tar file in this folder"):
        index_shards([str(tmp_path)], tmp_path / "index.json")
    with pytest.raises(OutputError, match=r"index\.txt: .* ends in \.json"):
        index_shards([str(tmp_path)], tmp_path / "index.txt")


def test_nothing_that_exists_is_written_over(vimeo, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(OutputError, match=r"mine: exists; name another folder for the shards"):
        write_shards(vimeo, tmp_path / "mine")


def test_writing_that_ends_early_leaves_nothing(vimeo, tmp_path):
    (vimeo / "sequences" / "00002" / "0002" / "im3.png").unlink()
    with pytest.raises(RecipeError, match=r"im3\.png: cannot be read"):
        write_shards(vimeo, tmp_path / "shards")
    assert [path.name for path in tmp_path.iterdir()] == ["vimeo"]


def test_two_sequences_that_would_share_a_name_are_refused(tmp_path):
    for name in ("a/b", "a_b"):
        write_sequence(tmp_path / "data" / name, sliding(3, size=16))
    with pytest.raises(RecipeError, match="two sequences would be called a_b"):
        write_shards(tmp_path / "data", tmp_path / "shards")


def test_clips_and_packs_are_no_frames_to_be_sharded(raw_material, pack, tmp_path):
    for data in (raw_material, pack):
        with pytest.raises(RecipeError, match=r"not frames; `filmnet data prepare --as triplets`"):
            write_shards(data, tmp_path / "shards")


def test_more_parts_than_sequences_are_refused(vimeo, tmp_path):
    with pytest.raises(RecipeError, match="too few sequences for 9 parts"):
        write_shards(vimeo, tmp_path / "shards", part=(1, 9))
