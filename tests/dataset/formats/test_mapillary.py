"""Mapillary Vistas, read."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.mapillary import MAPILLARY
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.raster_support import (
    RING,
    check_damage,
    damages,
    mask,
    names,
    opened,
    picture,
    positions,
    raw,
)

LABELS = [
    {"color": [0, 192, 0], "readable": "Bird", "name": "animal--bird", "evaluate": True},
    {"color": [1, 2, 3], "readable": "Car", "name": "object--car", "evaluate": True},
    {"color": [0, 0, 0], "readable": "Unlabeled", "name": "void--unlabeled", "evaluate": False},
]
PALETTE = [0, 192, 0, 1, 2, 3, 0, 0, 0]


def vistas(root: Path, version: str = "") -> None:
    picture(root / "training" / "images" / "a.jpg", (12, 9))
    mask(root / "training" / version / "labels" / "a.png", RING, PALETTE)
    (root / (f"config_{version}.json" if version else "config.json")).write_text(json.dumps({"labels": LABELS}))


@pytest.mark.parametrize("version", ["", "v2.0"])
def test_masks_hold_the_place_in_the_list(tmp_path: Path, version: str):
    vistas(tmp_path, version)

    source = open_source(tmp_path)

    assert (source.format, source.samples[0].split) == ("mapillary", "train")
    assert (names(source, source.samples[0]) == np.array(["Bird", "Car", "Unlabeled"])[RING]).all()
    assert [(entry.colour, entry.ignored) for entry in source.classes] == [
        ((0, 192, 0), False),
        ((1, 2, 3), False),
        ((0, 0, 0), True),
    ]


def test_without_its_list_of_classes_it_is_refused(tmp_path: Path):
    vistas(tmp_path)
    (tmp_path / "config.json").unlink()

    with pytest.raises(FormatError, match=r"config\.json"):
        opened(tmp_path, MAPILLARY)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "training").exists():
        vistas(tmp_path, "v2.0")

    check_damage(tmp_path, MAPILLARY, data.draw(damages(tmp_path)))


def test_real_structure_of_datumaro(real_data: Path):
    source = open_source(real_data / "imports" / "datumaro_assets" / "mapillary_vistas_dataset")

    assert (source.format, sorted(sample.name for sample in source.samples)) == ("mapillary", ["0", "1", "2"])
    assert [entry.name for entry in source.classes] == ["Bird", "Separator", "Bicycle"]
    for sample in source.samples:
        assert isinstance(sample.annotation, Path)
        assert sample.annotation.parts[-3] == "v2.0"
        assert (positions(source, sample) == raw(sample.annotation)).all()
