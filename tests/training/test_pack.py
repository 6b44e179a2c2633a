import json
from dataclasses import replace

import numpy as np
import pytest

from filmnet.errors import InputError, OutputError, RecipeError
from filmnet.training import pack as pack_module
from filmnet.training.pack import (
    is_pack,
    open_photos,
    open_stills,
    open_windows,
    pack_for_run,
    prepare_pack,
)
from material import TINY_PACK, sliding, texture, write_clip, write_photo, write_vimeo


@pytest.fixture
def photos_only(tmp_path):
    write_photo(tmp_path / "raw" / "photos" / "1.png", texture(80, 96))
    return tmp_path / "raw"


def test_a_pack_holds_windows_of_clips_and_photos(pack):
    clips = open_windows(pack)
    assert [clip.windows.shape[1:] for clip in clips] == [(5, 32, 32, 3)] * 2
    assert all(len(clip.windows) == len(clip.motion) > 0 for clip in clips)
    assert [p.shape for p in open_stills(pack)] == [(64, 64, 3)] * 2
    assert [p.shape for p in open_photos(pack)] == [(80, 96, 3)] * 2


def test_motion_in_a_pack_is_in_pixels_per_frame(pack):
    for clip in open_windows(pack):
        assert clip.motion == pytest.approx(2, abs=0.5)


def test_the_same_material_gives_the_same_pack(pack, raw_material, tmp_path):
    prepare_pack([raw_material], tmp_path / "again", TINY_PACK)
    for path in (p for p in pack.rglob("*") if p.is_file()):
        assert (tmp_path / "again" / path.relative_to(pack)).read_bytes() == path.read_bytes()


def test_progress_counts_clips_and_photos(raw_material, tmp_path):
    told = []
    prepare_pack([raw_material], tmp_path / "pack", TINY_PACK, told.append)
    ended = [p for p in told if p.line]
    assert [(p.done, p.total) for p in ended] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert ended[0].line == "slide.mkv: 6 of 8 windows"
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_a_pack_says_what_was_left_out_of_each_clip(tmp_path):
    frames = sliding(14)
    frames[9] = frames[9] // 3
    frames.append(frames[-1])
    told = []
    clip = write_clip(tmp_path / "flash.mkv", frames)
    prepare_pack([clip], tmp_path / "pack", TINY_PACK, told.append)
    description = json.loads((tmp_path / "pack" / "pack.json").read_text())
    assert description["left_out"] == {"flash.mkv": {"flashes": 2, "repeats": 1}}
    assert told[-1].line == "flash.mkv: 6 windows; left out: flashes 2, repeats 1"


def test_clips_may_have_motion_in_their_name(tmp_path):
    write_clip(tmp_path / "clips" / "slow.motion.mkv", sliding(5))
    prepare_pack([tmp_path], tmp_path / "pack", TINY_PACK)
    assert len(open_windows(tmp_path / "pack")) == 1


def test_a_folder_without_material_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"no video and no folder of frames in it"):
        prepare_pack([tmp_path], tmp_path / "pack", TINY_PACK)


def test_a_folder_that_is_no_pack_is_never_replaced(photos_only, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(OutputError, match=r"mine: exists and is not a pack; name another folder"):
        prepare_pack([photos_only], tmp_path / "mine", TINY_PACK, overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "all of it"


def test_a_pack_is_replaced_only_when_asked(photos_only, tmp_path):
    prepare_pack([photos_only], tmp_path / "pack", TINY_PACK)
    with pytest.raises(OutputError, match=r"is a pack already; pass --overwrite"):
        prepare_pack([photos_only], tmp_path / "pack", TINY_PACK)
    write_photo(photos_only / "photos" / "2.png", texture(80, 96))
    prepare_pack([photos_only], tmp_path / "pack", TINY_PACK, overwrite=True)
    assert len(open_photos(tmp_path / "pack")) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_preparation_that_ends_early_leaves_nothing(photos_only, tmp_path, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(pack_module, "read_small_photo", fail)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        prepare_pack([photos_only], tmp_path / "pack", TINY_PACK)
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_a_damaged_photo_is_named(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_text("no photo")
    with pytest.raises(InputError, match=r"1\.jpg"):
        prepare_pack([tmp_path], tmp_path / "pack", TINY_PACK)


def test_a_run_takes_a_pack_as_it_is(pack, tmp_path):
    assert pack_for_run(pack, tmp_path, replace(TINY_PACK, seed=9)) == pack


def test_a_run_takes_every_layout_of_frames_as_it_is(tmp_path):
    data = write_vimeo(tmp_path / "vimeo")
    assert pack_for_run(data, tmp_path / "run", TINY_PACK) == data
    assert not (tmp_path / "run").exists()


def test_a_run_cuts_raw_material_once(photos_only, tmp_path):
    told = []
    first = pack_for_run(photos_only, tmp_path / "run", TINY_PACK, told.append)
    assert first == tmp_path / "run" / "pack"
    assert is_pack(first)
    assert pack_for_run(photos_only, tmp_path / "run", TINY_PACK, told.append) == first
    assert len(told) == 1


def test_a_run_refuses_a_pack_of_its_own_with_other_settings(photos_only, tmp_path):
    pack_for_run(photos_only, tmp_path / "run", TINY_PACK)
    with pytest.raises(RecipeError, match=r"cut with other settings than the recipe's \[pack\]"):
        pack_for_run(photos_only, tmp_path / "run", replace(TINY_PACK, seed=9))


def test_what_is_missing_in_a_pack_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"not a pack of training data"):
        open_photos(tmp_path)
    (tmp_path / "pack.json").write_text("{")
    with pytest.raises(RecipeError, match=r"pack\.json is damaged"):
        open_photos(tmp_path)
    (tmp_path / "pack.json").write_text(json.dumps({"config": {}, "windows": {"a.mp4": 2}}))
    with pytest.raises(RecipeError, match=r"a\.mp4\.npy: missing or damaged"):
        open_windows(tmp_path)


def test_arrays_stay_on_disk_until_they_are_read(pack):
    assert all(isinstance(clip.windows, np.memmap) for clip in open_windows(pack))
    assert all(isinstance(photo, np.memmap) for photo in open_photos(pack))
