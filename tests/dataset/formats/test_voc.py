"""PASCAL VOC, in and out."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from segstudio.dataset.formats.voc import VOC, voc_colour
from segstudio.dataset.masks import read_mask
from tests.dataset.formats.raster_support import (
    RING,
    THREE,
    check_damage,
    colours,
    damages,
    hexed,
    mask,
    names,
    opened,
    picture,
    positions,
    raw,
    sample_of,
    shapes_dataset,
    small_masks,
    there_and_back,
)

VOID = ClassInfo(255, "void", (224, 224, 192), ignored=True)


def voc(folder: Path, name: str, pixels: np.ndarray, palette: list[int] | None = None) -> None:
    picture(folder / "JPEGImages" / f"{name}.jpg", pixels.shape[1::-1])
    mask(folder / "SegmentationClass" / f"{name}.png", pixels, palette)


def test_the_colour_map_is_that_of_voc():
    """Some colours as the development kit prints them."""
    assert [voc_colour(index) for index in (0, 1, 2, 3, 8, 15, 20, 255)] == [
        (0, 0, 0),
        (128, 0, 0),
        (0, 128, 0),
        (128, 128, 0),
        (64, 0, 0),
        (192, 128, 128),
        (0, 64, 128),
        (224, 224, 192),
    ]


def test_a_dataset_comes_back_with_ids_names_colours_splits_and_every_pixel(tmp_path: Path):
    """R13, R16."""
    classes = ClassList((*THREE.entries, ClassInfo(77, "far, away", (9, 8, 7)), VOID))
    masks = {"train/a": RING, "val/b": np.where(RING == 2, 77, 255).astype(np.uint8), "test/データ é": RING[::-1]}
    dataset = shapes_dataset(tmp_path / "in", classes, masks)

    back = there_and_back(dataset, VOC, tmp_path)

    assert {e.id: (e.name, e.colour, e.ignored) for e in back.classes} == {
        e.id: (e.name, e.colour, e.ignored) for e in classes
    }
    assert {f"{s.split}/{s.name}": read_mask(s.mask).tolist() for s in back if s.mask} == {
        key: value.tolist() for key, value in masks.items()
    }


def test_masks_have_the_palette_and_the_index_is_the_id(tmp_path: Path):
    """R13: what other programs read there."""
    export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING}), tmp_path / "out", VOC)

    with Image.open(tmp_path / "out" / "SegmentationClass" / "a.png") as image:
        palette = image.getpalette()
        assert image.mode == "P"
        assert palette is not None
        assert palette[3:9] == [230, 159, 0, 86, 180, 233]
        assert (np.array(image) == RING).all()
    assert (tmp_path / "out" / "ImageSets" / "Segmentation" / "train.txt").read_text() == "a\n"
    assert (tmp_path / "out" / "class_names.txt").read_text() == "background\nring\ndot\n"


def test_equal_names_in_two_splits_and_pictures_without_masks_survive(tmp_path: Path):
    shapes_dataset(tmp_path / "in", THREE, {"train/a": RING, "val/a": RING[::-1]})
    picture(tmp_path / "in" / "train_images" / "bare.png")

    back = there_and_back(open_dataset(tmp_path / "in"), VOC, tmp_path)

    assert [(s.split, s.name, s.mask is not None) for s in back] == [
        ("train", "a", True),
        ("train", "bare", False),
        ("val", "a-2", True),
    ]


@pytest.mark.parametrize("entry", [ClassInfo(300, "far", (1, 2, 3)), ClassInfo(255, "sky", (1, 2, 3))])
def test_what_voc_cannot_hold_is_refused(tmp_path: Path, entry: ClassInfo):
    dataset = shapes_dataset(tmp_path / "in", ClassList((*THREE.entries, entry)), {"train/a": RING})

    with pytest.raises(FormatError, match="Give it another id"):
        export_dataset(dataset, tmp_path / "out", VOC)
    assert not (tmp_path / "out").exists()


@settings(max_examples=25, deadline=None)
@given(
    small_masks,
    st.lists(st.integers(0, 254), min_size=3, max_size=3, unique=True),
    st.lists(colours, min_size=3, max_size=3),
)
def test_any_mask_comes_back(pixels: np.ndarray, ids: list[int], shades: list[tuple[int, int, int]]):
    classes = ClassList(tuple(ClassInfo(i, f"class of {i}", c) for i, c in zip(ids, shades, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        dataset = shapes_dataset(Path(folder) / "in", classes, {"train/a": np.array(ids, np.uint8)[pixels]})
        back = there_and_back(dataset, VOC, Path(folder))
        [sample] = back
        assert sample.mask is not None
        assert (read_mask(sample.mask) == np.array(ids)[pixels]).all()
        assert {e.id: e.name for e in back.classes if e.id != 255} == {e.id: e.name for e in classes}


def test_voc_itself_has_its_names_and_others_have_not(tmp_path: Path):
    voc(tmp_path / "voc", "2007_000001", RING, [channel for index in range(256) for channel in voc_colour(index)])
    voc(tmp_path / "cats", "1", RING, [channel for index in range(256) for channel in voc_colour(index)])

    assert [entry.name for entry in opened(tmp_path / "voc", VOC).classes][:3] == ["background", "aeroplane", "bicycle"]
    cats = opened(tmp_path / "cats", VOC)
    assert [entry.name for entry in cats.classes] == ["background", "class 1", "class 2"]
    assert "class_names.txt" in cats.notes[0]


def test_lists_and_masks_without_a_picture_are_named(tmp_path: Path):
    """R18."""
    voc(tmp_path, "2007_000001", RING)
    mask(tmp_path / "SegmentationClass" / "2007_000002.png", RING)
    picture(tmp_path / "JPEGImages" / "2007_000009.jpg")
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("2007_000001\n2007_000003\n\n")

    source = opened(tmp_path, VOC)

    assert [(sample.name, sample.split) for sample in source.samples] == [("2007_000001", "val")]
    assert {each.path.name for each in source.skipped} == {"2007_000002.png", "val.txt"}
    assert "1 pictures have no mask" in source.notes[0]


def test_a_folder_without_masks_or_without_pictures_is_refused(tmp_path: Path):
    picture(tmp_path / "JPEGImages" / "a.jpg")
    with pytest.raises(FormatError, match="no folder SegmentationClass"):
        opened(tmp_path, VOC)
    mask(tmp_path / "SegmentationClass" / "b.png", RING)
    with pytest.raises(FormatError, match="Copy the pictures there"):
        opened(tmp_path, VOC)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "out").exists():
        export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING, "val/b": RING}), tmp_path / "out", VOC)

    check_damage(tmp_path / "out", VOC, data.draw(damages(tmp_path / "out")))


@pytest.mark.parametrize("folder", ["labelme_semantic/data_dataset_voc", "labelme_instance/data_dataset_voc"])
def test_real_masks_of_labelme(real_data: Path, folder: str):
    root = real_data / "imports" / folder

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("voc", 3)
    assert source.classes[15].name == "person"
    assert source.classes[-1].ignored
    ids = np.array([entry.id for entry in source.classes])
    for sample in source.samples:
        expected = raw(root / "SegmentationClass" / f"{sample.name}.png")
        assert (ids[positions(source, sample)] == expected).all()


def test_real_cat_is_no_aeroplane(real_data: Path):
    # By itself the folder is taken for labelme's, whose file lies beside the mask.
    source = open_source(real_data / "imports" / "voc_palette_cat", name="voc")

    assert [entry.name for entry in source.classes] == ["background", "object"]
    path = real_data / "imports" / "voc_palette_cat" / "SegmentationClass" / "1.png"
    assert (positions(source, source.samples[0]) == raw(path)).all()


def test_real_colour_masks_of_datumaro(real_data: Path):
    root = real_data / "imports" / "datumaro_assets" / "voc_dataset"

    source = open_source(root / "voc_dataset1")

    assert (names(source, sample_of(source, "2007_000001")) == "bicycle").all()
    assert (hexed(root / "voc_dataset1" / "SegmentationClass" / "2007_000001.png") == "#008000").all()
    assert {sample.name: sample.split for sample in source.samples} == {"2007_000001": "train", "2007_000002": "test"}
    for folder in ("voc_dataset2", "voc_dataset3"):
        with pytest.raises(FormatError, match="boxes only"):
            open_source(root / folder, name="voc")
