"""COCO's JSON files: which are read, and that what is drawn is what COCO draws."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO

from segstudio.dataset.formats.coco_masks import draw_rings
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import open_source, recognise
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.shapes import (
    HARD,
    broken,
    import_or_refuse,
    imported_mask,
    make_dataset,
    there_and_back,
    write_picture,
)

SIZE = (12, 8)
CATEGORIES = [{"id": 2, "name": "cat", "color": "#0a141e"}, {"id": 90, "name": "dog"}]


def square(left: int, top: int, side: int = 3) -> list[float]:
    return [left, top, left + side, top, left + side, top + side, left, top + side]


def run_lengths(*, compressed: bool) -> dict[str, object]:
    pixels = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8, order="F")
    pixels[1:7, 1:7] = 1
    pixels[3:5, 3:5] = 0
    if compressed:
        return {"size": [SIZE[1], SIZE[0]], "counts": coco.encode(pixels)["counts"].decode()}
    flat = pixels.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat, prepend=flat[0]))
    return {"size": [SIZE[1], SIZE[0]], "counts": np.diff(ends, prepend=0, append=flat.size).tolist()}


def document(*segmentations: object, file_name: str = "a.png", category: int = 2, **more: object) -> dict[str, object]:
    annotations = [
        {
            "id": number,
            "image_id": 7,
            "category_id": category,
            "segmentation": each,
            "iscrowd": 0,
            "bbox": [0, 0, 1, 1],
            **more,
        }
        for number, each in enumerate(segmentations, start=1)
    ]
    images = [{"id": 7, "file_name": file_name, "width": SIZE[0], "height": SIZE[1]}]
    return {"info": {}, "images": images, "annotations": annotations, "categories": CATEGORIES}


def write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


def test_real_objects_are_what_coco_draws(real_data: Path, capsys: pytest.CaptureFixture[str]):
    """R17."""
    for folder, file in (("coco_tiny", "coco_tiny.json"), ("labelme_instance/data_dataset_coco", "annotations.json")):
        root = real_data / "imports" / folder
        theirs = COCO(str(root / file))
        for number, image in theirs.imgs.items():
            expected = np.zeros((image["height"], image["width"]), dtype=int)
            for each in theirs.dataset["annotations"]:
                if each["image_id"] == number:
                    expected[theirs.annToMask(each) > 0] = each["category_id"]
            mask, classes = imported_mask(root, "coco", Path(image["file_name"]).stem)
            assert np.array_equal(mask, expected)
        assert {entry.id: entry.name for entry in classes if entry.id} == {
            each["id"]: each["name"] for each in theirs.dataset["categories"] if each["id"]
        }


def test_real_labelme_coco_and_voc_of_the_same_pictures_agree_but_for_edges(real_data: Path):
    root = real_data / "imports" / "labelme_instance"
    for path in (root / "data_dataset_voc" / "SegmentationClass").iterdir():
        voc = np.asarray(Image.open(path))
        as_labelme, _ = imported_mask(root, "labelme", path.stem)
        as_coco, _ = imported_mask(root / "data_dataset_coco", "coco", path.stem)
        assert np.count_nonzero(as_labelme != voc) <= 1
        counted = voc != 255  # its COCO file leaves out what is ignored
        assert np.count_nonzero(counted & (as_coco != voc)) < 0.006 * voc.size


def test_real_files_of_paddlelabel_are_read_though_their_folders_are_others(real_data: Path):
    folder = real_data / "imports" / "paddlelabel"
    source = open_source(folder / "bear", name="coco")

    assert {sample.name: sample.split for sample in source.samples if sample.annotation is not None} == {
        "1": "val", "2": "train", "3": "train", "4": "test",
    }  # fmt: skip
    mask, classes = imported_mask(folder / "bear", "coco", "3")
    theirs = np.asarray(Image.open(folder / "bear/semanticSegmentation/mask/Annotations/3.png"))
    assert np.count_nonzero(mask != theirs) < 0.006 * mask.size
    assert classes[1].colour == (5, 175, 86)
    # Of fruit the pictures have been made smaller: the polygons do not lie on them any more.
    report = import_or_refuse(folder / "fruit", "coco")
    assert report is not None
    assert report.masks == 0
    assert all("1008 × 756" in each.reason for each in report.skipped)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("coco_dataset/coco_captions", "sentences"),
        ("coco_dataset/coco_labels", "labels of whole pictures"),
        ("coco_dataset/coco_image_info", "no annotation"),
        ("coco_dataset/coco_person_keypoints", "joints"),
        ("roboflow_dataset/coco", "boxes"),
    ],
)
def test_real_files_without_the_pixels_of_objects_are_refused(real_data: Path, part: str, said: str):
    with pytest.raises(FormatError, match=said):
        open_source(real_data / "imports" / "datumaro_assets" / part)


@pytest.mark.parametrize(
    ("part", "pictures", "skipped"),
    [("coco", 2, 1), ("coco_instances", 1, 1), ("coco_roboflow", 1, 1), ("coco_stuff", 2, 0), ("mmdet_coco", 1, 1)],
)
def test_real_files_of_every_layout_are_read(real_data: Path, part: str, pictures: int, skipped: int):
    folder = real_data / "imports" / "datumaro_assets" / "coco_dataset" / part
    assert recognise(list_folder(folder))[0].format.name == "coco"

    report = import_or_refuse(folder, "coco")

    assert report is not None
    assert (report.masks, len(report.skipped)) == (pictures, skipped)


@pytest.mark.parametrize("part", ["coco", "coco_panoptic"])
def test_real_panoptic_files_are_read(real_data: Path, part: str):
    """One of them has a PNG of another size than its picture, which is said."""
    folder = real_data / "imports" / "datumaro_assets" / "coco_dataset" / part
    assert "coco_panoptic" in [each.format.name for each in recognise(list_folder(folder))]

    mask, classes = imported_mask(folder, "coco_panoptic", "b")

    assert set(np.unique(mask)) <= {1, 2, 255}
    assert [(entry.id, entry.ignored) for entry in classes] == [(1, False), (2, False), (255, True)]
    segments = json.loads((folder / "annotations" / "panoptic_val.json").read_text())["annotations"][0]["segments_info"]
    for each in segments:
        assert np.count_nonzero(mask == each["category_id"]) == sum(
            other["area"] for other in segments if other["category_id"] == each["category_id"]
        )


@pytest.mark.parametrize(
    "segmentation",
    [[square(1, 1)], [square(1, 1), square(8, 4)], run_lengths(compressed=True), run_lengths(compressed=False)],
)
def test_parts_holes_and_run_lengths_are_drawn_as_coco_draws_them(tmp_path: Path, segmentation: object):
    """R16, R17."""
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "instances.json", document(segmentation))

    mask, classes = imported_mask(tmp_path, "coco", "a")

    found = coco.frPyObjects(segmentation, SIZE[1], SIZE[0]) if not isinstance(segmentation, dict) or isinstance(
        segmentation["counts"], list
    ) else segmentation  # fmt: skip
    expected = coco.decode(coco.merge(found) if isinstance(found, list) else found)
    assert np.array_equal(mask, expected * 2)
    assert [(entry.id, entry.name) for entry in classes] == [(0, "background"), (2, "cat"), (90, "dog")]


@settings(max_examples=500, deadline=None)
@given(
    rings=st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 7)), min_size=3, max_size=6), min_size=1, max_size=2
    )
)
def test_polygons_of_whole_numbers_are_drawn_within_their_box_as_in_the_whole_picture(
    rings: list[list[tuple[int, int]]],
):
    size = (9, 7)
    flat = [[float(value) for point in ring for value in point] for ring in rings]
    expected = coco.decode(coco.merge(coco.frPyObjects(flat, size[1], size[0])))

    drawn = draw_rings(rings, 0, size)  # type: ignore[arg-type]

    found = np.zeros_like(expected)
    if drawn is not None:
        rows, columns = drawn.pixels.shape
        found[drawn.top : drawn.top + rows, drawn.left : drawn.left + columns] = drawn.pixels
    assert np.array_equal(found, expected)


def test_stuff_lies_below_objects_and_files_tell_their_split(tmp_path: Path):
    for split in ("train", "val"):
        write_picture(tmp_path / "images" / split / "same.png", SIZE)
        name = "same.png"
        write(tmp_path / "annotations" / f"instances_{split}2017.json", document([square(2, 2)], file_name=name))
        write(
            tmp_path / "annotations" / f"stuff_{split}2017.json",
            document([square(0, 0, 8)], file_name=name, category=90),
        )

    source = open_source(tmp_path)
    mask, _ = imported_mask(tmp_path, "coco", "same")

    assert [(sample.split, sample.image) for sample in source.samples] == [
        (split, tmp_path / "images" / split / "same.png") for split in ("train", "val")
    ]
    assert (mask[3, 3], mask[6, 6], mask[0, 11]) == (2, 90, 0)


def test_a_picture_that_cannot_be_told_apart_is_left_out(tmp_path: Path):
    for folder in ("one", "two"):
        write_picture(tmp_path / folder / "b.png", SIZE)
        write_picture(tmp_path / folder / "a.png", SIZE)
    Image.new("RGB", SIZE, (1, 2, 3)).save(tmp_path / "two" / "a.png")
    data = document([square(1, 1)], file_name="gone/a.png")
    write(tmp_path / "instances.json", data)

    assert import_or_refuse(tmp_path, "coco") is None
    (skipped,) = open_source(tmp_path, name="coco").skipped
    assert "not clear which picture" in skipped.reason


def test_exported_holes_are_run_lengths_and_all_else_polygons(tmp_path: Path):
    dataset = make_dataset(tmp_path / "in", {"val/ring": HARD["ring"], "val/parts": HARD["two parts"]})

    there_and_back(tmp_path, "coco", dataset)

    path = tmp_path / "exported" / "annotations" / "instances_val.json"
    theirs = COCO(str(path))
    kinds = {each["image_id"]: set() for each in theirs.dataset["annotations"]}
    for each in theirs.dataset["annotations"]:
        kinds[each["image_id"]].add(type(each["segmentation"]))
        assert theirs.annToMask(each).sum() == each["area"]
    names = {image["id"]: image["file_name"] for image in theirs.dataset["images"]}
    assert {names[number]: found for number, found in kinds.items()} == {"ring.png": {dict, list}, "parts.png": {list}}


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_broken_files_are_refused_in_words(data: st.DataObject):
    valid = document([square(1, 1), square(5, 2)], run_lengths(compressed=True), run_lengths(compressed=False))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        write(folder / "instances.json", data.draw(broken(valid)))
        import_or_refuse(folder, "coco")


@settings(max_examples=200, deadline=None)
@given(counts=st.text(st.characters(max_codepoint=0x2FF), max_size=30) | st.lists(st.integers(-5, 2**40), max_size=6))
def test_any_run_lengths_are_drawn_or_refused(counts: object):
    """What does not end, or does not fit, would be read beyond its end by COCO's code."""
    with tempfile.TemporaryDirectory() as place:
        write_picture(Path(place) / "a.png", SIZE)
        write(Path(place) / "instances.json", document({"size": [SIZE[1], SIZE[0]], "counts": counts}))
        import_or_refuse(Path(place), "coco")


def test_a_number_of_a_million_digits_is_refused(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    write(
        tmp_path / "instances.json", json.dumps(document([square(1, 1)])).replace('"id": 1,', f'"id": {"9" * 10**6},')
    )

    assert import_or_refuse(tmp_path, "coco") is None


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_broken_panoptic_files_are_refused_in_words(data: st.DataObject):
    segments = [{"id": 1 + 256 * 2, "category_id": 2}, {"id": 5, "category_id": 90}]
    valid = document()
    valid["annotations"] = [{"image_id": 7, "file_name": "a_.png", "segments_info": segments}]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        pixels[2:4], pixels[5:] = (1, 2, 0), (5, 0, 0)
        (folder / "panoptic").mkdir()
        Image.fromarray(pixels).save(folder / "panoptic" / "a_.png")
        write(folder / "panoptic.json", valid)
        mask, _ = imported_mask(folder, "coco_panoptic", "a")
        assert (mask[3, 0], mask[6, 0], mask[0, 0]) == (2, 90, 255)
        write(folder / "panoptic.json", data.draw(broken(valid)))
        import_or_refuse(folder, "coco_panoptic")
