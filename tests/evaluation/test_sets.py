import cv2
import numpy as np
import pytest

from evaluation_material import (
    three,
    write_folders,
    write_frames,
    write_middlebury,
    write_snufilm,
    write_three,
    write_ucf,
    write_vimeo,
    write_y4m,
)
from filmnet.errors import InputError
from filmnet.evaluation.kinds import Kind, Level, Protocol
from filmnet.evaluation.sets import find_sets
from material import sliding, write_photo

COMMUNITY = Protocol.community


def only(kind, path, **options):
    (found,) = find_sets(kind, [path], COMMUNITY, **options)
    return found


def check_three(sample, seed=0):
    """The sample's pictures are those that `three` makes, in order."""
    for picture, wanted in zip(
        (sample.image0, sample.truth, sample.image1), three(seed), strict=True
    ):
        assert np.array_equal(picture, wanted)


def test_vimeo_as_distributed_reads_what_its_list_names(tmp_path):
    found = only(Kind.vimeo90k, write_vimeo(tmp_path))
    assert found.names == ("00001/0002", "00002/0001")
    assert found.layout == "as distributed"
    first, second = found.read()
    assert first.name == "00001/0002"
    check_three(first, seed=1)
    check_three(second, seed=2)


def test_ucf101_as_distributed_ignores_others_results_and_counts_by_number(tmp_path):
    for path in (write_ucf(tmp_path), tmp_path / "ucf101_interp_ours"):
        found = only(Kind.ucf101, path)
        assert found.names == ("1", "2", "10")
        assert found.layout == "as distributed"
        for sample in found.read():
            check_three(sample)


def test_middlebury_as_distributed_takes_the_scenes_with_a_middle_frame(tmp_path):
    found = only(Kind.middlebury, write_middlebury(tmp_path))
    assert found.names == ("Beanbags", "Walking")
    for seed, sample in enumerate(found.read()):
        check_three(sample, seed)


def test_snufilm_as_distributed_has_four_levels_and_finds_the_authors_paths(tmp_path):
    sets = find_sets(
        Kind.snufilm,
        [write_snufilm(tmp_path)],
        COMMUNITY,
        levels=(Level.easy, Level.extreme),
    )
    assert [found.name for found in sets] == ["snufilm-easy", "snufilm-extreme"]
    assert [found.names for found in sets] == [("GOPRO_test/CLIP/000003",)] * 2
    easy, extreme = (next(found.read()) for found in sets)
    assert np.array_equal(easy.truth, extreme.truth)
    assert not np.array_equal(easy.image0, extreme.image0)


def test_snufilm_lists_may_lie_in_eval_modes(tmp_path):
    write_snufilm(tmp_path, ["hard"])
    (tmp_path / "eval_modes").mkdir()
    (tmp_path / "test-hard.txt").rename(tmp_path / "eval_modes" / "test-hard.txt")
    assert only(Kind.snufilm, tmp_path, levels=(Level.hard,)).layout == "as distributed"


def test_snufilm_in_folders_has_a_folder_per_level(tmp_path):
    for level in Level:
        write_folders(tmp_path / level.value, ["x"])
    sets = find_sets(Kind.snufilm, [tmp_path], COMMUNITY)
    assert [found.name for found in sets] == [f"snufilm-{level.value}" for level in Level]
    check_three(next(sets[3].read()))


@pytest.mark.parametrize(
    "kind", [Kind.vimeo90k, Kind.ucf101, Kind.middlebury, Kind.xiph2k, Kind.xiph4k, Kind.triplets]
)
def test_every_set_may_be_a_folder_per_triplet(tmp_path, kind):
    found = only(kind, write_folders(tmp_path / "set"))
    assert (found.names, found.layout) == (("a", "b"), "a folder per triplet")
    for seed, sample in enumerate(found.read()):
        check_three(sample, seed)
    assert not found.is_sequence


def test_a_set_of_ones_own_is_called_after_its_folder(tmp_path):
    sets = find_sets(
        Kind.triplets, [write_folders(tmp_path / n) for n in ("one", "two")], COMMUNITY
    )
    assert [found.name for found in sets] == ["one", "two"]
    assert sets[0].remark is None


@pytest.mark.parametrize("kind", [Kind.xiph2k, Kind.xiph4k])
def test_xiph_reads_y4m_and_folders_and_loose_frames_alike(tmp_path, kind):
    write_y4m(tmp_path / "y4m" / "Netflix_Tango_4096x2160_60fps_10bit_420.y4m")
    write_frames(tmp_path / "folders" / "Tango")
    write_frames(tmp_path / "loose", name="Tango-{:03d}.png")
    sides = 16 if kind is Kind.xiph2k else 32
    for layout in ("y4m", "folders", "loose"):
        found = only(kind, tmp_path / layout)
        assert found.names == ("Tango/001", "Tango/003")
        assert found.is_sequence
        samples = list(found.read())
        assert [sample.name for sample in samples] == list(found.names)
        assert samples[0].truth.shape == (sides, sides, 3)


def test_xiph_2k_is_halved_as_the_protocol_says_and_4k_is_cut(tmp_path):
    board = np.zeros((8, 8, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    for number in range(1, 6):
        write_photo(tmp_path / "Tango" / f"{number}.png", board)
    levels = {}
    for protocol in Protocol:
        (found,) = find_sets(Kind.xiph2k, [tmp_path], protocol)
        levels[protocol] = next(found.read()).truth.mean()
        (found,) = find_sets(Kind.xiph4k, [tmp_path], protocol)
        assert np.array_equal(next(found.read()).truth, board)
    assert levels[Protocol.film] == 186  # 255 * 0.5 ** (1 / 2.2)
    assert levels[Protocol.community] in (127, 128)


@pytest.mark.parametrize("kind", [Kind.xiph2k, Kind.xiph4k])
@pytest.mark.parametrize("protocol", list(Protocol))
def test_xiph_in_pictures_of_16_bits_is_measured_in_8(tmp_path, kind, protocol):
    frames = sliding(5, size=16)
    for number, frame in enumerate(frames, 1):
        write_photo(tmp_path / "8" / "Tango" / f"{number}.png", frame)
        (tmp_path / "16" / "Tango").mkdir(parents=True, exist_ok=True)
        deep = cv2.cvtColor(frame.astype(np.uint16) * 257, cv2.COLOR_RGB2BGR)
        assert cv2.imwrite(str(tmp_path / "16" / "Tango" / f"{number}.png"), deep)
    of_8, of_16 = (
        next(found.read()).truth
        for depth in ("8", "16")
        for found in find_sets(kind, [tmp_path / depth], protocol)
    )
    assert of_16.dtype == np.uint8
    assert np.array_equal(of_8, of_16)


def test_xiph_takes_the_first_hundred_frames_and_the_odd_ones_are_true(tmp_path):
    write_frames(tmp_path / "Tango", count=103, size=8)
    found = only(Kind.xiph4k, tmp_path)
    assert len(found.names) == 49  # frame 99 has no neighbour within the first hundred
    assert found.names[-1] == "Tango/097"
    assert len(list(found.read())) == 49
    assert only(Kind.xiph4k, tmp_path, frames=5).names == ("Tango/001", "Tango/003")


def test_xiph_triplets_must_have_been_brought_to_size(tmp_path):
    big = np.zeros((4, 2052, 3), np.uint8)
    for name in ("frame_00.png", "frame_01_gt.png", "frame_02.png"):
        write_photo(tmp_path / "a" / name, big)
    with pytest.raises(InputError, match=r"a: 2052x4 uint8; a folder per triplet holds .* clips"):
        list(only(Kind.xiph2k, tmp_path).read())


def test_another_count_than_the_published_one_is_reported(tmp_path):
    found = only(Kind.vimeo90k, write_vimeo(tmp_path))
    assert found.remark == "vimeo90k: 2 triplets; the published set has 3782"


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        (Kind.vimeo90k, 3782),
        (Kind.ucf101, 379),
        (Kind.middlebury, 12),
        (Kind.xiph2k, 392),
        (Kind.xiph4k, 392),
    ],
)
def test_the_published_counts(tmp_path, kind, published):
    assert only(kind, write_folders(tmp_path)).published == published


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.vimeo90k, ["tri_testlist.txt", "sequences/00001/0001/im1.png im2.png im3.png"]),
        (Kind.ucf101, ["ucf101_interp_ours/1/frame_00.png frame_01_gt.png frame_02.png"]),
        (Kind.middlebury, ["other-data/NAME/frame10.png", "other-gt-interp/NAME/frame10i11.png"]),
        (Kind.xiph2k, ["60fps_10bit_420.y4m", "NAME/001.png"]),
        (Kind.xiph4k, ["60fps_10bit_420.y4m", "NAME/001.png"]),
        (Kind.snufilm, ["test-easy.txt", "LEVEL/NAME/frame_00.png"]),
    ],
)
def test_an_error_shows_the_expected_tree(tmp_path, kind, words):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError) as caught:
            find_sets(kind, [path], COMMUNITY)
        message = str(caught.value)
        assert message.startswith(str(path))
        for word in [*words, "or a folder per triplet", "frame_00.png frame_01_gt.png"]:
            assert word in message


def test_pictures_that_a_list_names_and_that_are_missing_are_counted(tmp_path):
    write_vimeo(tmp_path)
    (tmp_path / "sequences" / "00002" / "0001" / "im3.png").unlink()
    with pytest.raises(
        InputError, match=r"names 1 pictures that are missing, the first .*im3\.png"
    ):
        only(Kind.vimeo90k, tmp_path)
    write_snufilm(tmp_path)
    (tmp_path / "test-easy.txt").write_text("one.png two.png\n")
    with pytest.raises(InputError, match=r"line 1 has 2 paths; a triplet has three"):
        only(Kind.snufilm, tmp_path, levels=(Level.easy,))


def test_four_pictures_without_the_usual_names_are_no_triplet(tmp_path):
    write_three([tmp_path / "a" / f"{k}.png" for k in range(3)])
    write_photo(tmp_path / "a" / "3.png", three()[0])
    with pytest.raises(InputError, match=r"a: 4 pictures; a triplet has three"):
        only(Kind.triplets, tmp_path)
