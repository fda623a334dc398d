"""What is exported as shapes and imported again is the same mask, to the pixel (R16)."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.annotation import DrawnObject, polygon
from segstudio.dataset.formats.coco_masks import is_exact
from segstudio.dataset.formats.cvat_shapes import run_lengths
from segstudio.dataset.formats.outlines import corner_ring, keyhole_ring, painted_rings, regions
from segstudio.dataset.formats.polygons import opencv_polygon
from segstudio.dataset.masks import MaskArray
from tests.dataset.formats.shapes import CLASSES, HARD, drawn_names, make_dataset, masks, there_and_back, write_picture

FORMATS = ["labelme", "coco", "cvat_xml", "yolo"]


def placed(drawn: DrawnObject | None, shape: tuple[int, ...]) -> np.ndarray:
    whole = np.zeros(shape, dtype=bool)
    if drawn is not None:
        rows, columns = drawn.pixels.shape
        whole[drawn.top : drawn.top + rows, drawn.left : drawn.left + columns] = drawn.pixels
    return whole


@pytest.mark.parametrize("format_name", FORMATS)
def test_hard_masks_come_back_as_they_were(tmp_path: Path, format_name: str):
    dataset = make_dataset(tmp_path / "in", {f"train/{name}": mask for name, mask in HARD.items()})

    back, report = there_and_back(tmp_path, format_name, dataset)

    assert (report.pictures, report.masks, report.skipped) == (len(HARD), len(HARD), ())
    for name in HARD:
        assert drawn_names(back, f"train/{name}") == drawn_names(dataset, f"train/{name}"), name


@pytest.mark.parametrize("format_name", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mask=masks())
def test_any_mask_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, format_name: str, mask: MaskArray):
    folder = tmp_path_factory.mktemp("there")
    dataset = make_dataset(folder / "in", {"val/a": mask})

    back, _ = there_and_back(folder, format_name, dataset)

    assert drawn_names(back, "val/a") == drawn_names(dataset, "val/a")


@settings(max_examples=300, deadline=None)
@given(mask=masks(side=20))
def test_outer_edges_painted_in_order_give_the_mask(mask: MaskArray):
    for lowest in (0, None):
        canvas = np.full(mask.shape, -1 if lowest is None else lowest)
        for class_id, ring in painted_rings(mask, lowest):
            assert len(ring) >= 3
            canvas[placed(polygon(0, [ring], mask.shape[::-1]), mask.shape)] = class_id  # type: ignore[arg-type]
        assert np.array_equal(canvas, mask)


@settings(max_examples=300, deadline=None)
@given(mask=masks(ids=(0, 0, 1, 1, 1), side=20))
def test_one_polygon_covers_a_region_with_its_holes(mask: MaskArray):
    seen = np.zeros(mask.shape, dtype=int)
    for region in regions(mask):
        ring = keyhole_ring(region)
        own = placed(DrawnObject(0, region.left, region.top, region.pixels), mask.shape)
        for fill in (polygon, opencv_polygon):
            assert np.array_equal(placed(fill(0, [ring], mask.shape[::-1]), mask.shape), own)  # type: ignore[arg-type]
        seen += own
    assert (seen == 1).all()


@settings(max_examples=300, deadline=None)
@given(mask=masks(ids=(0, 0, 1, 1, 1), side=20))
def test_polygons_along_the_edges_of_pixels_are_exact_but_for_holes(mask: MaskArray):
    for region in regions(mask):
        outer = placed(polygon(0, [painted_rings(region.pixels.astype(np.uint8), 0)[0][1]], region.pixels.shape[::-1]),
                       region.pixels.shape)  # fmt: skip
        assert is_exact(corner_ring(region), region) == np.array_equal(outer, region.pixels)


@settings(max_examples=200, deadline=None)
@given(mask=masks(ids=(0, 1)))
def test_run_lengths_by_rows_begin_with_what_is_not_covered(mask: MaskArray):
    """R17."""
    for region in regions(mask):
        written = run_lengths(region)
        letters = "".join("01"[turn % 2] * int(run) for turn, run in enumerate(written["rle"].split(", ")))
        assert letters == "".join(map(str, region.pixels.astype(int).ravel()))


@pytest.mark.parametrize("format_name", FORMATS)
def test_splits_names_and_pictures_survive_and_the_unlabelled_stay_so(tmp_path: Path, format_name: str):
    """R19, R20."""
    found = {"train/Straße 1": HARD["ring"], "val/a[1] @%": HARD["touching"], "test/空 白": HARD["islands"]}
    make_dataset(tmp_path / "データ é" / "in", found)
    write_picture(tmp_path / "データ é" / "in" / "train_images" / "later.png", (9, 5))
    dataset = open_dataset(tmp_path / "データ é" / "in")

    back, report = there_and_back(tmp_path / "データ é", format_name, dataset)

    assert (report.pictures, report.masks) == (4, 3)
    assert {sample.key: sample.mask is None for sample in back} == {
        "train/later": True,
        **dict.fromkeys(found, False),
    }
    for before in dataset:
        after = back.find(before.key)
        assert after is not None
        assert after.image.read_bytes() == before.image.read_bytes()


@pytest.mark.parametrize("format_name", FORMATS)
def test_classes_keep_their_order_and_what_they_are(tmp_path: Path, format_name: str):
    dataset = make_dataset(tmp_path / "in", {"train/a": HARD["touching"]})

    back, _ = there_and_back(tmp_path, format_name, dataset)

    assert [entry.name for entry in back.classes if not entry.ignored][1:] == ["cat", "dog"]
    assert [entry.ignored for entry in back.classes] == [False, False, False, True]
    assert back.classes.ids == (0, 1, 2, 255)
    if format_name in ("coco", "cvat_xml"):
        assert [entry.colour for entry in back.classes] == [entry.colour for entry in CLASSES]


def test_coco_keeps_any_ids_and_every_ignored_class(tmp_path: Path):
    classes = ClassList(
        (
            ClassInfo(3, "road", (1, 1, 1)),
            ClassInfo(300, "car", (2, 2, 2)),
            ClassInfo(7, "glare", (3, 3, 3), ignored=True),
            ClassInfo(9, "bonnet", (4, 4, 4), ignored=True),
        )
    )
    mask = np.array([[3, 300, 7], [9, 9, 300]], dtype=np.uint16)
    dataset = make_dataset(tmp_path / "in", {"train/a": mask}, classes)

    back, _ = there_and_back(tmp_path, "coco", dataset)

    assert [entry for entry in back.classes if entry.name != "background"] == list(classes)
    assert drawn_names(back, "train/a") == drawn_names(dataset, "train/a")


@pytest.mark.parametrize("format_name", FORMATS)
def test_without_a_background_every_pixel_is_drawn(tmp_path: Path, format_name: str):
    classes = ClassList((ClassInfo(0, "road", (1, 1, 1)), ClassInfo(1, "car\tblue", (2, 2, 2))))
    mask = HARD["rings in rings"] % 2
    dataset = make_dataset(tmp_path / "in", {"train/a": mask}, classes)

    back, _ = there_and_back(tmp_path, format_name, dataset)

    expected = [[name.replace("\t", " ") for name in row] for row in drawn_names(dataset, "train/a")]
    found = [[name.replace("\t", " ") for name in row] for row in drawn_names(back, "train/a")]
    assert found == expected
