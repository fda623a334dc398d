"""segstudio's own folders, there and back."""

from pathlib import Path

import numpy as np

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.folders import FOLDERS
from segstudio.dataset.formats.importing import import_source
from segstudio.dataset.formats.mapping import default_mapping
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.synthetic import make_sample_dataset


def test_a_dataset_comes_back_as_it_was(tmp_path: Path):
    make_sample_dataset(tmp_path / "in")
    dataset = open_dataset(tmp_path / "in")

    report = export_dataset(dataset, tmp_path / "out", FOLDERS)
    source = open_source(tmp_path / "out")
    import_source(source, tmp_path / "back", default_mapping(source))

    assert (report.pictures, report.skipped) == (len(dataset), ())
    back = open_dataset(tmp_path / "back")
    assert back.classes.ids == dataset.classes.ids
    assert [entry.name for entry in back.classes] == [entry.name for entry in dataset.classes]
    assert [sample.key for sample in back] == [sample.key for sample in dataset]
    for before, after in zip(dataset, back, strict=True):
        assert after.image.read_bytes() == before.image.read_bytes()
        assert before.mask is not None
        assert after.mask is not None
        assert np.array_equal(read_mask(after.mask), read_mask(before.mask))


def test_a_mask_with_an_id_that_no_class_has_is_left_out_and_named(tmp_path: Path):
    """R33: never class 0 in silence."""
    make_sample_dataset(tmp_path / "in")
    spoilt = next(iter(open_dataset(tmp_path / "in")))
    assert spoilt.mask is not None
    mask = read_mask(spoilt.mask).copy()
    mask[0, 0] = 77
    write_mask(spoilt.mask, mask)

    exported = export_dataset(open_dataset(tmp_path / "in"), tmp_path / "out", FOLDERS)
    source = open_source(tmp_path / "in")
    imported = import_source(source, tmp_path / "back", default_mapping(source))

    for report in (exported, imported):
        assert [each.path for each in report.skipped] == [spoilt.image]
        assert "77" in report.skipped[0].reason


def test_ids_above_255_and_ignored_classes_survive(tmp_path: Path):
    """R14."""
    make_sample_dataset(tmp_path / "in")
    dataset = open_dataset(tmp_path / "in")
    classes = ClassList((*dataset.classes.entries, ClassInfo(900, "void", (1, 2, 3), ignored=True)), 900)
    save_classes(tmp_path / "in", classes)
    first = next(iter(dataset))
    write_mask(first.target, np.full_like(read_mask(first.target), 900, dtype=np.uint16))

    source = open_source(tmp_path / "in")
    mapping = default_mapping(source)
    import_source(source, tmp_path / "out", mapping)

    entry = mapping.classes.find(900)
    assert entry is not None
    assert entry.ignored
    back = open_dataset(tmp_path / "out").find(first.key)
    assert back is not None
    assert back.mask is not None
    assert (read_mask(back.mask) == 900).all()
