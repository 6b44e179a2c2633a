import io
import os
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from filmnet.errors import InputError
from filmnet.media.photos import probe_photo, read_photo

LOSSLESS = {
    "png": {},
    "bmp": {},
    "tif": {},
    "webp": {"lossless": True, "exact": True},
}
ORIENTATION = 0x0112


def exif(orientation):
    block = Image.Exif()
    block[ORIENTATION] = orientation
    return block


@pytest.mark.parametrize("extension", LOSSLESS)
def test_lossless_formats_come_out_bit_by_bit(save, noise, extension):
    picture = noise()
    read = read_photo(save(f"a.{extension}", picture, **LOSSLESS[extension]))
    assert read.dtype == np.uint8
    assert np.array_equal(read, picture)


@pytest.mark.parametrize(
    ("extension", "options"),
    [
        ("jpg", {"quality": 95, "subsampling": 0}),
        ("avif", {"quality": 100, "subsampling": "4:4:4"}),
        ("gif", {}),
    ],
)
def test_lossy_formats_come_out_close(save, smooth, extension, options):
    picture = smooth()
    read = read_photo(save(f"a.{extension}", picture, **options))
    limit = 6 if extension == "gif" else 1.5  # GIF has 256 colours
    assert np.abs(read.astype(int) - picture).mean() < limit


def test_heic_comes_out_close(tmp_path, smooth):
    picture = smooth()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(
        tmp_path / "a.heic", quality=95, chroma=444
    )
    read = read_photo(tmp_path / "a.heic")
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - picture).mean() < 1.5


def test_10_bit_heic_comes_out_in_16_bits_with_true_white(tmp_path):
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    picture = np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (64, 64, 3)))
    pillow_heif.from_bytes("RGB;16", (64, 64), picture.tobytes()).save(
        tmp_path / "a.heic", quality=-1, chroma=444, matrix_coefficients=0
    )
    info, read = probe_photo(tmp_path / "a.heic"), read_photo(tmp_path / "a.heic")
    assert info.dtype is np.uint16
    assert read.dtype == np.uint16
    assert read[0, [0, -1], 0].tolist() == [0, 65535]
    assert np.abs(read.astype(int) - picture).max() <= 64  # a step of 10 bits


@pytest.mark.parametrize("extension", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_come_out_whole(tmp_path, noise, extension, channels):
    samples = noise(dtype=np.uint16, channels=channels)
    if channels == 4:
        samples[..., 3] = 65535
    path = tmp_path / f"a.{extension}"
    cv2.imwrite(str(path), samples[..., [2, 1, 0, 3][:channels]] if channels > 1 else samples)
    read = read_photo(path)
    expected = np.repeat(samples, 3, axis=2) if channels == 1 else samples[..., :3]
    assert probe_photo(path).dtype is np.uint16
    assert np.array_equal(read, expected)


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_16_bit_transparency_becomes_white(tmp_path, noise, extension):
    samples = noise(dtype=np.uint16, channels=4)
    samples[:7, :, 3] = 0
    samples[7:, :, 3] = 65535
    cv2.imwrite(str(tmp_path / f"a.{extension}"), samples[..., [2, 1, 0, 3]])
    read = read_photo(tmp_path / f"a.{extension}")
    assert (read[:7] == 65535).all()
    assert np.array_equal(read[7:], samples[7:, :, :3])


def test_transparency_becomes_white(save):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[2:, :, 3] = 255
    read = read_photo(save("a.png", Image.fromarray(rgba)))
    assert (read[:2] == 255).all()
    assert (read[2:] == 0).all()


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_photos_are_turned_as_exif_says(save, smooth, extension, orientation):
    picture = smooth(40, 24)
    options = {"quality": 95} if extension in ("jpg", "avif") else LOSSLESS[extension]
    path = save(f"a.{extension}", picture, exif=exif(orientation), **options)
    upright = np.rot90(picture, {3: 2, 6: 3, 8: 1}[orientation])
    info, read = probe_photo(path), read_photo(path)
    assert read.shape == upright.shape == (info.height, info.width, 3)
    assert read.flags.c_contiguous
    assert np.abs(read.astype(int) - upright).mean() < 3


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
def test_compressed_tiff_is_turned_once(save, noise, compression):
    picture = noise()
    path = save("a.tif", picture, compression=compression, exif=exif(6))
    assert np.array_equal(read_photo(path), np.rot90(picture, 3))


def test_a_turned_heic_is_turned_once(tmp_path, smooth):
    picture = smooth(64, 32)
    pillow_heif.from_pillow(Image.fromarray(picture)).save(
        tmp_path / "a.heic", quality=95, chroma=444, exif=exif(6).tobytes()
    )
    info, read = probe_photo(tmp_path / "a.heic"), read_photo(tmp_path / "a.heic")
    assert (info.width, info.height) == (32, 64)
    assert np.abs(read.astype(int) - np.rot90(picture, 3)).mean() < 1.5


def png_with_orientation(data, orientation):
    block = b"eXIf" + exif(orientation).tobytes()[6:]
    chunk = struct.pack(">I", len(block) - 4) + block + struct.pack(">I", zlib.crc32(block))
    return data[:33] + chunk + data[33:]


def tiff_with_orientation(picture, orientation):
    """An uncompressed 16-bit RGB TIFF, written by hand: nobody writes it with an orientation."""
    height, width = picture.shape[:2]
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 146), (259, 3, 1, 1)]
    tags += [(262, 3, 1, 2), (273, 4, 1, 152), (274, 3, 1, orientation), (277, 3, 1, 3)]
    tags += [(278, 3, 1, height), (279, 4, 1, picture.nbytes), (284, 3, 1, 1)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)
    return head + struct.pack("<3H", 16, 16, 16) + picture.astype("<u2").tobytes()


def test_16_bit_png_is_turned(tmp_path, noise):
    picture = noise(dtype=np.uint16)
    data = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
    (tmp_path / "a.png").write_bytes(png_with_orientation(data, 6))
    assert np.array_equal(read_photo(tmp_path / "a.png"), np.rot90(picture, 3))


def test_16_bit_tiff_is_turned(tmp_path, noise):
    picture = noise(dtype=np.uint16)
    (tmp_path / "a.tif").write_bytes(tiff_with_orientation(picture, 6))
    info = probe_photo(tmp_path / "a.tif")
    assert (info.width, info.height) == (14, 20)
    assert np.array_equal(read_photo(tmp_path / "a.tif"), np.rot90(picture, 3))


def test_content_decides_not_the_extension(save, noise):
    picture = noise()
    path = save("a.png", picture)
    assert np.array_equal(read_photo(path.rename(path.with_name("a.jpg"))), picture)


def test_the_first_frame_of_a_moving_picture_is_read(tmp_path, noise):
    frames = [Image.fromarray(noise(seed=i)) for i in range(3)]
    for name, options in (("a.png", {}), ("a.webp", {"lossless": True}), ("a.tif", {})):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        assert np.array_equal(read_photo(tmp_path / name), np.asarray(frames[0]))


def test_an_oversized_text_chunk_does_not_matter(save, noise):
    picture, text = noise(), PngImagePlugin.PngInfo()
    text.add_text("History", "x" * 20_000_000, zip=True)
    path = save("a.png", picture, pnginfo=text)
    with pytest.raises(ValueError, match="too large"), Image.open(path) as image:
        image.load()
    assert np.array_equal(read_photo(path), picture)
    assert PngImagePlugin.MAX_TEXT_CHUNK == 1 << 20


def test_an_image_bomb_is_refused_by_its_header(tmp_path):
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG", compress_level=1)
    (tmp_path / "a.png").write_bytes(bomb.getvalue())
    for action in (probe_photo, read_photo):
        with pytest.raises(InputError) as caught:
            action(tmp_path / "a.png")
        assert str(caught.value) == (
            f"{tmp_path / 'a.png'}: 20000x20000 are 400 megapixels, more than the limit of 200; "
            "pass --max-pixels 400000000 if you trust it"
        )


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "bmp", "gif", "avif"])
def test_the_limit_on_pixels_holds_for_every_format(save, noise, extension):
    path = save(f"a.{extension}", noise(20, 14))
    assert read_photo(path, max_pixels=280).shape == (14, 20, 3)
    with pytest.raises(InputError, match="limit"):
        read_photo(path, max_pixels=279)


def test_nothing_is_decoded_of_a_bomb(save, noise, monkeypatch):
    path = save("a.jpg", noise())
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("decoded"))
    with pytest.raises(InputError, match="limit"):
        read_photo(path, max_pixels=10)


def test_the_limit_has_to_be_positive(save, noise):
    with pytest.raises(InputError, match="max_pixels is 0"):
        read_photo(save("a.png", noise()), max_pixels=0)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.jpg: there is no such file"):
        read_photo(tmp_path / "gone.jpg")


def test_a_folder_is_no_photo(tmp_path):
    with pytest.raises(InputError, match="this is not a file"):
        read_photo(tmp_path)


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(InputError, match=r"a\.jpg: this file is empty"):
        read_photo(tmp_path / "a.jpg")


def test_a_text_file_called_jpg_is_no_photo(tmp_path):
    (tmp_path / "a.jpg").write_text("dear diary")
    with pytest.raises(InputError, match=r"a\.jpg: this is not a photo \(JPEG, PNG"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize("extension", ["jpg", "png", "tif", "bmp", "webp", "avif"])
def test_a_photo_cut_short_is_damaged(save, noise, extension):
    path = save(f"a.{extension}", noise(60, 60))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match=rf"a\.{extension}: this photo is damaged or cut short"):
        read_photo(path)


def test_a_heic_cut_short_is_damaged(tmp_path, noise):
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(Image.fromarray(noise(64, 64))).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged or cut short"):
        read_photo(path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(save, noise):
    path = save("a.png", noise())
    path.chmod(0)
    with pytest.raises(InputError, match="no permission"):
        read_photo(path)


def test_float_samples_are_refused(tmp_path):
    Image.new("F", (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match="samples of the kind F are not supported"):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize("size", [(1, 1), (3, 2)])
def test_tiny_photos_are_read(save, noise, size):
    picture = noise(*size)
    assert np.array_equal(read_photo(save("a.png", picture)), picture)


def test_a_png_with_a_profile_of_more_than_a_megabyte_is_read(save, smooth):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save("a.png", smooth(), icc_profile=profile + bytes(1_500_000))
    assert np.abs(read_photo(path).astype(int) - smooth()).max() <= 1
