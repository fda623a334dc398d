"""Cityscapes, read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.cityscapes import CITY_LABELS, CITYSCAPES
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
    sample_of,
)


def city(root: Path, kind: str, pixels: np.ndarray, *, place: str = "train/ulm", name: str = "ulm_1_2") -> None:
    picture(root / "leftImg8bit" / place / f"{name}_leftImg8bit.png", pixels.shape[1::-1])
    mask(root / "gtFine" / place / f"{name}_gtFine_{kind}.png", pixels)


def test_the_classes_are_those_of_the_benchmark():
    """Nineteen are evaluated; their train ids run from 0 to 18 in the order of their ids."""
    trained = [entry for entry in CITY_LABELS if entry.train_id is not None]

    assert [entry.train_id for entry in trained] == list(range(19))
    assert [entry.id for entry in trained] == [7, 8, 11, 12, 13, 17, *range(19, 29), 31, 32, 33]
    assert (trained[0].name, trained[0].colour, trained[-1].name) == ("road", (128, 64, 128), "bicycle")
    assert len(CITY_LABELS) == 35


def test_ids_splits_and_cities(tmp_path: Path):
    ids = np.array([7, 26, 0], np.uint8)[RING]
    city(tmp_path, "labelIds", ids)
    city(tmp_path, "labelIds", ids[::-1], place="val/bonn", name="bonn_1")

    source = open_source(tmp_path)

    assert source.format == "cityscapes"
    assert [(sample.name, sample.split, sample.group) for sample in source.samples] == [
        ("ulm_1_2", "train", "ulm"),
        ("bonn_1", "val", "bonn"),
    ]
    assert (names(source, source.samples[0]) == np.array(["road", "car", "unlabeled"])[RING]).all()
    assert [entry.name for entry in source.classes if not entry.ignored] == [
        entry.name for entry in CITY_LABELS if entry.train_id is not None
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("labelTrainIds", np.array([0, 13, 255], np.uint8)),
        ("labelTrainIds", np.array([0, 13, 19], np.uint8)),
        ("instanceIds", np.array([7, 26004, 0], np.uint16)),
        ("color", np.array([[128, 64, 128], [0, 0, 142], [0, 0, 0]], np.uint8)),
    ],
)
def test_the_other_kinds_of_masks(tmp_path: Path, kind: str, values: np.ndarray):
    city(tmp_path, kind, values[RING])

    source = opened(tmp_path, CITYSCAPES)

    found = names(source, source.samples[0])
    assert (found[RING < 2] == np.array(["road", "car"])[RING[RING < 2]]).all()
    assert source.classes[positions(source, source.samples[0])[4, 4]].ignored


def test_label_ids_come_before_the_others_and_what_lacks_a_picture_is_named(tmp_path: Path):
    city(tmp_path, "labelIds", np.full((4, 4), 8, np.uint8))
    city(tmp_path, "labelTrainIds", np.full((4, 4), 0, np.uint8))
    mask(tmp_path / "gtFine" / "train" / "ulm" / "ulm_9_gtFine_labelIds.png", RING)

    source = opened(tmp_path, CITYSCAPES)

    assert (names(source, source.samples[0]) == "sidewalk").all()
    assert [each.path.name for each in source.skipped] == ["ulm_9_gtFine_labelIds.png"]


def test_without_pictures_there_is_a_word_on_where_they_belong(tmp_path: Path):
    mask(tmp_path / "gtFine" / "train" / "ulm" / "ulm_9_gtFine_labelIds.png", RING)

    with pytest.raises(FormatError, match="leftImg8bit beside gtFine"):
        opened(tmp_path, CITYSCAPES)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "gtFine").exists():
        city(tmp_path, "labelIds", RING)
        city(tmp_path, "labelIds", RING, place="val/bonn", name="bonn_1")

    check_damage(tmp_path, CITYSCAPES, data.draw(damages(tmp_path)))


@pytest.mark.parametrize("folder", ["dataset", "train_dataset"])
def test_real_structure_of_datumaro(real_data: Path, folder: str):
    root = real_data / "imports" / "datumaro_assets" / "cityscapes_dataset" / folder

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("cityscapes", 4)
    assert {sample.split for sample in source.samples} == {"train", "val", "test"}
    ids = np.array([entry.id for entry in source.classes])
    for path in root.rglob("*_instanceIds.png"):
        sample = sample_of(source, path.name.removesuffix("_gtFine_instanceIds.png"))
        numbers = raw(path)
        expected = np.where(numbers >= 1000, numbers // 1000, numbers)
        assert (ids[positions(source, sample)] == expected).all()
