from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from filmnet.interpolation import Confidence
from filmnet.jobs.photo_pairs import PairRecord, PhotoPair

SURE = Confidence(
    value=0.9, error=0.01, brightness=0.0, flow_error_px=0.1, flow_error=0.01, hidden=0.25,
    motion_px=48.4, reason="motion",
)  # fmt: skip
PATHS = (Path("a/one.jpg"), Path("a/two.jpg"), Path("a/three.jpg"))


def test_a_pair_that_fits_is_not_spoken_of() -> None:
    assert PhotoPair(photo0=PATHS[0], photo1=PATHS[1], confidence=SURE).warning is None


def test_a_pair_that_fits_badly_is_named_with_what_to_expect() -> None:
    pair = PhotoPair(photo0=PATHS[0], photo1=PATHS[1], confidence=replace(SURE, value=0.3))
    assert pair.warning == (
        "one.jpg and two.jpg differ too much in motion (up to 48 px; 25% does not match); "
        "the result may show ghosts"
    )


def test_the_gap_after_the_last_photo_leads_to_the_first() -> None:
    record = PairRecord(PATHS)
    record.add(1, SURE)
    record.add(2, SURE)
    assert [(p.photo0.name, p.photo1.name) for p in record.pairs] == [
        ("two.jpg", "three.jpg"),
        ("three.jpg", "one.jpg"),
    ]
