"""A mask for each object or class, read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.object_masks import OBJECT_MASKS
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.raster_support import RING, check_damage, damages, mask, names, opened, picture, raw


def bowl(root: Path, name: str = "a", amount: int = 2) -> None:
    picture(root / name / "images" / f"{name}.png", (12, 9))
    for number in range(1, amount + 1):
        mask(root / name / "masks" / f"{number}.png", (number == RING).astype(np.uint8) * 255)


def test_objects_of_a_picture_become_one_class(tmp_path: Path):
    """R16: the ring keeps its hole, the other all its parts."""
    bowl(tmp_path)

    source = open_source(tmp_path)

    assert source.format == "object_masks"
    assert (names(source, source.samples[0]) == np.where(RING > 0, "object", "")).all()


def test_a_folder_of_objects_for_each_picture(tmp_path: Path):
    picture(tmp_path / "images" / "a.jpg", (12, 9))
    for number in (1, 2):
        mask(tmp_path / "masks" / "a" / f"{number}.png", number == RING)

    source = open_source(tmp_path)

    assert (names(source, source.samples[0]) == np.where(RING > 0, "object", "")).all()


def test_a_folder_for_each_class(tmp_path: Path):
    for name in "ab":
        picture(tmp_path / "images" / f"{name}.jpg", (12, 9))
        for number, kind in ((1, "ring"), (2, "dot")):
            mask(tmp_path / "masks" / kind / f"{name}.png", (number == RING).astype(np.uint8) * 255)

    source = open_source(tmp_path)

    assert [entry.name for entry in source.classes] == ["dot", "ring"]
    for sample in source.samples:
        assert (names(source, sample) == np.array(["", "ring", "dot"])[RING]).all()


def test_a_mask_of_another_size_and_one_without_a_picture_are_named(tmp_path: Path):
    bowl(tmp_path)
    bowl(tmp_path, "b")
    mask(tmp_path / "b" / "masks" / "9.png", RING[:4])
    mask(tmp_path / "c" / "masks" / "1.png", RING)

    source = opened(tmp_path, OBJECT_MASKS)

    assert [each.path.parts[-3] for each in source.skipped] == ["c"]
    with pytest.raises(FormatError, match="12 × 4"):
        names(source, source.samples[1])


def test_other_folders_are_refused(tmp_path: Path):
    picture(tmp_path / "images" / "a.png")

    with pytest.raises(FormatError, match="for each picture or class"):
        opened(tmp_path, OBJECT_MASKS)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "a").exists():
        bowl(tmp_path)

    check_damage(tmp_path, OBJECT_MASKS, data.draw(damages(tmp_path)))


def test_real_nuclei(real_data: Path):
    root = real_data / "imports" / "nuclei_one_mask_per_object"

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("object_masks", 2)
    for sample in source.samples:
        expected = sum(raw(path) for path in (root / sample.name / "masks").glob("*.png")) > 0
        assert ((names(source, sample) == "object") == expected).all()
