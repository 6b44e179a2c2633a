import base64
import io

import numpy as np
from PIL import Image

from filmnet.evaluation.exhibits import PANELS, PLACES, WORST, Exhibits
from filmnet.evaluation.samples import Sample
from filmnet.evaluation.scoring import TripletValues
from filmnet.media.pixels import to_tensor
from material import sliding, texture


def decode(address):
    head, _, data = address.partition(",")
    assert head == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def show(exhibits, name, value, pictures=None, made=None):
    pictures = pictures or sliding(3, size=32)
    sample = Sample(name=name, image0=pictures[0], truth=pictures[1], image1=pictures[2])
    values = TripletValues(name=name, measured={"psnr": value}, average_psnr=0.0)
    exhibits.see(sample, to_tensor(pictures[1] if made is None else made), values)


def test_the_worst_are_kept_lowest_first_and_no_more():
    exhibits = Exhibits()
    for k in np.random.default_rng(0).permutation(30):
        show(exhibits, str(k), float(k))
    assert [e.values.name for e in exhibits.worst] == [str(k) for k in range(WORST)]
    assert all(len(kept) == PLACES for kept in exhibits.places.values())


def test_a_perfect_frame_is_no_worst_case():
    exhibits = Exhibits()
    show(exhibits, "same", float("inf"))
    assert exhibits.worst == []
    assert len(exhibits.places["sharpness"]) == 1


def test_the_four_panels_are_overlay_truth_prediction_and_error():
    pictures = [np.full((40, 40, 3), level, np.uint8) for level in (100, 120, 160)]
    exhibits = Exhibits()
    show(exhibits, "a", 20.0, pictures, np.full((40, 40, 3), 130, np.uint8))
    (worst,) = exhibits.worst
    levels = [decode(address).mean() for address in worst.panels]
    assert PANELS == ("inputs, overlaid", "truth", "prediction", "error, 4 times")
    assert np.abs(np.array(levels) - (130, 120, 130, 40)).max() < 2  # JPEG


def test_large_pictures_are_shown_small_and_16_bits_in_8():
    pictures = [texture(400, 800, k).astype(np.uint16) * 257 for k in range(3)]
    exhibits = Exhibits()
    show(exhibits, "a", 20.0, pictures)
    assert (exhibits.worst[0].width, exhibits.worst[0].height) == (560, 280)
    assert decode(exhibits.worst[0].panels[1]).shape == (280, 560, 3)


def test_places_are_ranked_by_how_strongly_they_show_the_question():
    exhibits = Exhibits()
    for name, contrast in (("soft", 0.2), ("sharp", 1.0), ("medium", 0.6)):
        frames = [(128 + contrast * (f.astype(float) - 128)).astype(np.uint8) for f in sliding(3)]
        show(exhibits, name, 30.0, frames)
    names = [exhibit.values.name for exhibit in exhibits.places["sharpness"]]
    assert names == ["sharp", "medium", "soft"]
