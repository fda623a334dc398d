"""CVAT's segmentation masks, in and out."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.cvat_mask import CVAT_MASK
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.raster_support import (
    RING,
    THREE,
    check_damage,
    colours,
    damages,
    hexed,
    mask,
    named_pixels,
    names,
    shapes_dataset,
    small_masks,
    there_and_back,
)


def test_a_dataset_comes_back_with_ids_names_colours_splits_and_every_pixel(tmp_path: Path):
    """R16."""
    dataset = shapes_dataset(tmp_path / "in", THREE, {"train/a": RING, "val/b": RING[::-1], "test/c": RING[:, ::-1]})

    back = there_and_back(dataset, CVAT_MASK, tmp_path)

    assert back.classes == THREE
    assert {key: value.tolist() for key, value in named_pixels(back).items()} == {
        key: value.tolist() for key, value in named_pixels(dataset).items()
    }


def test_the_files_are_those_of_cvat(tmp_path: Path):
    export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING}), tmp_path / "out", CVAT_MASK)

    assert (tmp_path / "out" / "labelmap.txt").read_text() == (
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\nring:230,159,0::\ndot:86,180,233::\n"
    )
    expected = np.array(["#000000", "#e69f00", "#56b4e9"])[RING]
    assert (hexed(tmp_path / "out" / "SegmentationClass" / "a.png") == expected).all()
    assert open_source(tmp_path / "out").format == "cvat_mask"


@settings(max_examples=25, deadline=None)
@given(
    small_masks,
    st.lists(st.integers(0, 65535), min_size=3, max_size=3, unique=True),
    st.lists(colours, min_size=3, max_size=3),
)
def test_any_mask_comes_back_by_name(pixels: np.ndarray, ids: list[int], shades: list[tuple[int, int, int]]):
    """R14: also ids above 255; colours that are equal are told apart."""
    classes = ClassList(tuple(ClassInfo(i, f"class of {i}", c) for i, c in zip(ids, shades, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        made = np.array(ids, np.uint16)[pixels]
        dataset = shapes_dataset(Path(folder) / "in", classes, {"train/a": made})
        back = there_and_back(dataset, CVAT_MASK, Path(folder))
        assert [value.tolist() for value in named_pixels(back).values()] == [
            np.array([entry.name for entry in classes])[pixels].tolist()
        ]


def test_names_that_a_list_of_cvat_cannot_hold(tmp_path: Path):
    """CVAT takes a line that begins with # for a comment, so the class would be lost without a word."""
    for folder, name in (("hash", "#3c1098"), ("colon", "far: away")):
        classes = ClassList((*THREE.entries, ClassInfo(3, name, (1, 2, 3))))
        shapes_dataset(tmp_path / folder, classes, {"train/a": RING})

    back = there_and_back(open_dataset(tmp_path / "hash"), CVAT_MASK, tmp_path)
    with pytest.raises(FormatError, match=r"far: away.*Rename it"):
        export_dataset(open_dataset(tmp_path / "colon"), tmp_path / "out", CVAT_MASK)

    assert [entry.name for entry in back.classes][3] == "3c1098"
    assert not (tmp_path / "out").exists()


def test_without_pictures_there_is_a_word_on_how_to_export_them(tmp_path: Path):
    mask(tmp_path / "SegmentationClass" / "a.png", np.array([[0, 0, 0], [1, 2, 3]], np.uint8)[RING % 2])
    (tmp_path / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nbackground:0,0,0::\nx:1,2,3::\n")

    with pytest.raises(FormatError, match="Save images"):
        open_source(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    out = tmp_path / "out"
    if not out.exists():
        export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING, "val/b": RING}), out, CVAT_MASK)

    check_damage(out, CVAT_MASK, data.draw(damages(out)))


def test_real_masks_of_cvat(real_data: Path):
    root = real_data / "imports" / "cvat_segmentation_mask"

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("cvat_mask", 2)
    known = {"#000000": "background", "#b83df5": "bridge", "#fa7dbb": "ruler", "#aaf0d1": "water"}
    for sample in source.samples:
        expected = hexed(root / "mask" / f"{sample.name}.png")
        found = names(source, sample)
        for colour, name in known.items():
            assert ((found == name) == (expected == colour)).all()
