"""KITTI, read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.kitti import KITTI
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


def kitti(root: Path, kind: str, pixels: np.ndarray) -> None:
    picture(root / "training" / "image_2" / "000001_10.png", (12, 9))
    picture(root / "testing" / "image_2" / "000001_10.png", (12, 9))
    mask(root / "training" / kind / "000001_10.png", pixels)


@pytest.mark.parametrize(("kind", "factor"), [("semantic", 1), ("instance", 256)])
def test_ids_and_numbers_of_objects_say_the_same(tmp_path: Path, kind: str, factor: int):
    kitti(tmp_path, kind, (np.array([7, 26, 0]) * factor).astype(np.uint8 if factor == 1 else np.uint16)[RING])

    source = open_source(tmp_path)

    assert source.format == "kitti"
    assert {sample.split: sample.annotation is not None for sample in source.samples} == {"train": True, "test": False}
    [annotated] = [sample for sample in source.samples if sample.annotation is not None]
    assert (names(source, annotated) == np.array(["road", "car", "unlabeled"])[RING]).all()


def test_without_masks_it_is_refused(tmp_path: Path):
    picture(tmp_path / "training" / "image_2" / "a.png")

    with pytest.raises(FormatError, match="image_2"):
        opened(tmp_path, KITTI)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "training").exists():
        kitti(tmp_path, "instance", RING.astype(np.uint16) * 1793)

    check_damage(tmp_path, KITTI, data.draw(damages(tmp_path)))


def test_real_structure_of_datumaro(real_data: Path):
    source = open_source(real_data / "imports" / "datumaro_assets" / "kitti_dataset" / "kitti_segmentation")

    assert (source.format, len(source.samples)) == ("kitti", 2)
    ids = np.array([entry.id for entry in source.classes])
    for sample in source.samples:
        assert isinstance(sample.annotation, Path)
        assert (ids[positions(source, sample)] == raw(sample.annotation) // 256).all()
