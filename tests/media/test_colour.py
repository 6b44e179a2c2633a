import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from filmnet.media.colour import image_to_rgb, orient, over_white, samples_to_rgb

LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def gamma_22_profile():
    """sRGB's primaries with another curve, made by putting a curve into LittleCMS' profile."""
    data = bytearray(SRGB)
    count = int.from_bytes(data[128:132], "big")
    for i in range(count):
        entry = 132 + 12 * i
        if data[entry : entry + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            start = int.from_bytes(data[entry + 4 : entry + 8], "big")
            data[start : start + 14] = b"curv\0\0\0\0\0\0\0\1" + (563).to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "RGBX"])
def test_every_mode_of_white_is_white(mode):
    image = Image.new("RGB", (3, 2), "white").convert(mode)
    rgb = image_to_rgb(image, None)
    assert rgb.shape == (2, 3, 3)
    assert rgb.dtype == np.uint8
    assert (rgb == 255).all()


def test_grey_has_three_equal_channels(noise):
    grey = noise()[..., 0]
    rgb = image_to_rgb(Image.fromarray(grey), None)
    assert np.array_equal(rgb, np.repeat(grey[..., None], 3, axis=2))


def test_a_palette_is_looked_up():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert image_to_rgb(image, None).tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_cmyk_ink_is_dark():
    image = Image.new("CMYK", (1, 1), (255, 0, 0, 0))
    red, green, blue = image_to_rgb(image, None)[0, 0]
    assert red < 10
    assert min(green, blue) > 240


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa"])
def test_what_is_transparent_becomes_white(mode):
    rgba = np.zeros((1, 2, 4), np.uint8)
    rgba[0, 1, 3] = 255
    image = Image.fromarray(rgba).convert("RGBA" if mode == "RGBa" else mode)
    image = image.convert(mode)
    assert image_to_rgb(image, None).tolist() == [[[255] * 3, [0] * 3]]


def test_a_palette_entry_may_be_transparent():
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 9, 9, 9])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 0
    assert image_to_rgb(image, None).tolist() == [[[255] * 3, [9] * 3]]


def test_half_transparent_is_halfway_to_white_in_both_depths():
    for dtype in (np.uint8, np.uint16):
        white = np.iinfo(dtype).max
        half = np.full((1, 1, 1), white // 2, dtype)
        laid = over_white(np.zeros((1, 1, 3), dtype), half)
        assert laid[0, 0, 0] == pytest.approx(white / 2, abs=1)


def test_premultiplied_colour_is_not_darkened_twice():
    alpha = np.full((1, 1, 1), 51, np.uint8)
    colour = np.full((1, 1, 3), 51, np.uint8)
    assert (over_white(colour, alpha, premultiplied=True) == 255).all()


def test_an_srgb_profile_changes_no_bit(noise):
    picture = noise()
    assert np.array_equal(image_to_rgb(Image.fromarray(picture), SRGB), picture)
    deep = noise(dtype=np.uint16)
    assert np.array_equal(samples_to_rgb(deep, SRGB), deep)


def test_another_profile_is_applied_alike_in_both_depths(smooth):
    profile = gamma_22_profile()
    picture = smooth()
    converted = image_to_rgb(Image.fromarray(picture), profile).astype(int)
    deep = samples_to_rgb(picture.astype(np.uint16) * 257, profile) / 257
    assert np.abs(converted - picture).max() > 2
    # LittleCMS rounds to 8 bits, and its tables are coarser than ours.
    assert np.abs(deep - converted).max() <= 1.5


def test_alpha_is_left_alone_by_a_profile():
    rgba = np.full((2, 2, 4), 100, np.uint8)
    rgba[..., 3] = 0
    assert (image_to_rgb(Image.fromarray(rgba), gamma_22_profile()) == 255).all()


@pytest.mark.parametrize("profile", [b"nonsense", LAB, b"\0" * 200])
def test_a_profile_that_does_not_fit_is_passed_over(noise, profile):
    picture, deep = noise(), noise(dtype=np.uint16)
    assert np.array_equal(image_to_rgb(Image.fromarray(picture), profile), picture)
    assert np.array_equal(samples_to_rgb(deep, profile), deep)


def test_16_bit_grey_and_alpha(noise):
    samples = noise(dtype=np.uint16, channels=2)
    samples[..., 1] = 65535
    samples[0, 0, 1] = 0
    rgb = samples_to_rgb(samples, None)
    assert rgb[0, 0].tolist() == [65535] * 3
    assert np.array_equal(rgb[1:], np.repeat(samples[1:, :, :1], 3, axis=2))


def test_rows_are_converted_in_parts_without_a_seam(noise, monkeypatch):
    samples = noise(dtype=np.uint16)
    whole = samples_to_rgb(samples, gamma_22_profile())
    monkeypatch.setattr("filmnet.media.colour._ROWS_SAMPLES", 200)
    assert np.array_equal(samples_to_rgb(samples, gamma_22_profile()), whole)


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_samples_of_more_than_8_bits_are_refused_by_the_8_bit_path(mode):
    with pytest.raises(ValueError, match=f"samples of the kind {mode}"):
        image_to_rgb(Image.new(mode, (2, 2)), None)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_equal_pillows(noise, orientation):
    from PIL import ImageOps

    picture = noise(5, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", exif=exif)
    turned = ImageOps.exif_transpose(Image.open(file))
    assert np.array_equal(orient(picture, orientation), np.asarray(turned))
