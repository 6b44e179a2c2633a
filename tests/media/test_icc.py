import struct

import numpy as np
import pytest
from PIL import ImageCms

from filmnet.media.icc import parse_profile

SRGB_XYZ = [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141)]
P3_XYZ = [(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)]


def fixed(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def parametric(kind, *values):
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + fixed(*values)


SRGB_CURVE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile(tags, space=b"RGB ", connection=b"XYZ "):
    header = bytearray(128)
    header[16:20], header[20:24] = space, connection
    table, body = struct.pack(">I", len(tags)), b""
    start = 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    return bytes(header) + table + body


def rgb_profile(xyz, curve):
    tags = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), xyz, strict=True):
        tags[name] = b"XYZ \0\0\0\0" + fixed(*values)
    return profile(tags)


@pytest.fixture
def samples():
    return np.random.default_rng(0).integers(0, 65536, (6, 7, 3), np.uint16)


def test_srgb_is_recognised_and_changes_nothing(samples):
    parsed = parse_profile(rgb_profile(SRGB_XYZ, SRGB_CURVE))
    assert parsed.is_srgb
    assert np.abs(parsed.to_srgb(samples).astype(int) - samples).max() < 100


def test_littlecms_own_srgb_is_recognised():
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert parse_profile(data).is_srgb


def test_display_p3_equals_its_definition():
    parsed = parse_profile(rgb_profile(P3_XYZ, SRGB_CURVE))
    red_of_srgb = np.array([[[0.9175, 0.2003, 0.1386]]])  # sRGB's (1, 0, 0) in Display P3
    codes = np.rint(red_of_srgb * 65535).astype(np.uint16)
    assert not parsed.is_srgb
    # Four digits of the definition leave an error of some 1e-3 near black, where the curve is steep
    assert parsed.to_srgb(codes)[0, 0] / 65535 == pytest.approx([1, 0, 0], abs=0.012)


def test_grey_keeps_its_ends_and_order():
    parsed = parse_profile(profile({b"kTRC": b"curv\0\0\0\0\0\0\0\1\1\xcd"}, space=b"GRAY"))
    codes = np.linspace(0, 65535, 50).astype(np.uint16).reshape(1, -1, 1)
    converted = parsed.to_srgb(codes)
    assert converted.shape == (1, 50, 3)
    assert converted[0, [0, -1], 0].tolist() == [0, 65535]
    assert (np.diff(converted[0, :, 1].astype(int)) > 0).all()


@pytest.mark.parametrize(
    ("curve", "middle"),
    [
        (b"curv\0\0\0\0\0\0\0\0", 0.5),
        (b"curv\0\0\0\0\0\0\0\1\2\0", 0.25),
        (b"curv\0\0\0\0\0\0\0\3\0\0\x20\0\xff\xff", 0.125),
        (parametric(0, 2.0), 0.25),
        (parametric(1, 2.0, 1.0, -0.25), 0.0625),
        (parametric(2, 1.0, 1.0, -0.25, 0.1), 0.35),
        (parametric(3, 1.0, 1.0, 0.0, 0.5, 0.75), 0.25),
        (parametric(4, 1.0, 1.0, 0.0, 0.5, 0.25, 0.1, 0.0), 0.6),
    ],
)
def test_each_kind_of_curve_is_read(curve, middle):
    parsed = parse_profile(rgb_profile(SRGB_XYZ, curve))
    assert parsed.curves[0][32768] == pytest.approx(middle, abs=1e-4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a profile",
        rgb_profile(SRGB_XYZ, b"odd!"),
        rgb_profile(SRGB_XYZ, parametric(9, 1.0)),
        rgb_profile(SRGB_XYZ, parametric(0, -3.0)),
        profile({b"rTRC": SRGB_CURVE}),
        profile({b"A2B0": b""}, connection=b"Lab "),
        profile({}, space=b"CMYK"),
    ],
)
def test_what_is_no_sound_matrix_profile_gives_nothing(data):
    assert parse_profile(data) is None


def test_no_cut_of_a_profile_breaks_the_parser():
    data = rgb_profile(SRGB_XYZ, SRGB_CURVE)
    for length in range(len(data)):
        parse_profile(data[:length])
