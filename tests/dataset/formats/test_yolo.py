"""YOLO's text files."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import open_source, recognise
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.shapes import (
    HARD,
    broken_text,
    import_or_refuse,
    imported_mask,
    make_dataset,
    there_and_back,
    write_picture,
)

SIZE = (20, 10)
SQUARE = "0.1 0.2 0.4 0.2 0.4 0.6 0.1 0.6"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_real_polygons_lie_where_cocos_do(real_data: Path):
    """The same annotation, but for crowds and the gaps in COCO's ids."""
    root = real_data / "imports" / "coco_tiny"
    document = json.loads((root / "coco_tiny.json").read_text())
    ids = [each["id"] for each in document["categories"]]
    crowded = {each["image_id"] for each in document["annotations"] if each["iscrowd"]}
    for image in document["images"]:
        if image["id"] in crowded:
            continue
        stem = Path(image["file_name"]).stem
        as_yolo, classes = imported_mask(root, "yolo", stem)
        as_coco, _ = imported_mask(root, "coco", stem)
        names = {entry.id: entry.name for entry in classes}
        theirs = np.array([0, *(ids[int(names[value])] for value in range(1, len(names)))])[as_yolo]
        assert np.count_nonzero(theirs != as_coco) < 0.02 * as_coco.size


@pytest.mark.parametrize(
    "part", ["yolo_dataset/annotations", "yolo_dataset/labels", "yolo_dataset/strict", "roboflow_dataset/yolo"]
)
def test_real_boxes_are_refused(real_data: Path, part: str):
    with pytest.raises(FormatError, match="only boxes"):
        open_source(real_data / "imports" / "datumaro_assets" / part, name="yolo")


@pytest.mark.parametrize("names", ["names: [cat, dog]", "names: {0: cat, 1: dog}", "nc: 2\nnames:\n  1: dog\n  0: cat"])
def test_classes_and_splits_are_those_of_the_yaml(tmp_path: Path, names: str):
    splits = {"train": "../train/images", "valid": "/content/data/valid/images", "test": ["odd/images"]}
    for folder in ("train", "valid", "odd"):
        write_picture(tmp_path / folder / "images" / f"{folder}.jpg", SIZE)
        write(tmp_path / folder / "labels" / f"{folder}.txt", f"1 {SQUARE}\n")
    write(
        tmp_path / "data.yaml",
        yaml.safe_dump({"train": splits["train"], "val": splits["valid"], "test": splits["test"]}) + names,
    )

    assert recognise(list_folder(tmp_path))[0].format.name == "yolo"
    source = open_source(tmp_path)
    mask, classes = imported_mask(tmp_path, "yolo", "odd")

    assert {sample.name: sample.split for sample in source.samples} == {"train": "train", "valid": "val", "odd": "test"}
    assert [entry.name for entry in classes] == ["background", "cat", "dog"]
    assert sorted(np.unique(mask)) == [0, 2]


def test_a_list_of_pictures_and_a_list_of_names_will_do(tmp_path: Path):
    for name in ("a", "b"):
        write_picture(tmp_path / "obj_train_data" / f"{name}.png", SIZE)
        write(tmp_path / "obj_train_data" / f"{name}.txt", f"0 {SQUARE}\n")
    write(tmp_path / "obj.names", "cat\ndog\n")
    write(tmp_path / "train.txt", "data/obj_train_data/a.png\n")
    write(tmp_path / "valid.txt", "data/obj_train_data/b.png\ndata/obj_train_data/gone.png\n")

    source = open_source(tmp_path)

    assert {sample.name: sample.split for sample in source.samples} == {"a": "train", "b": "val"}
    assert [entry.name for entry in source.classes] == ["cat", "dog"]


def test_an_empty_file_is_background_and_a_missing_one_no_mask(tmp_path: Path):
    for name in ("full", "empty", "missing"):
        write_picture(tmp_path / "images" / f"{name}.png", SIZE)
    write(tmp_path / "labels" / "full.txt", f"0 {SQUARE}\n")
    write(tmp_path / "labels" / "empty.txt", "\n")
    write(tmp_path / "README.txt", "Exported on a Tuesday\n")

    report = import_or_refuse(tmp_path, "yolo")
    mask, _ = imported_mask(tmp_path, "yolo", "empty")

    assert report is not None
    assert (report.pictures, report.masks, report.skipped) == (3, 2, ())
    assert not mask.any()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.2 0.2", "box"),
        ("0 0.1 0.1 0.5 0.5 0.9", "odd number"),
        ("9 " + SQUARE, "class 9"),
        ("0 10 20 40 20 40 60", "fractions"),
    ],
)
def test_a_line_without_sense_leaves_its_picture_out_and_says_why(tmp_path: Path, line: str, said: str):
    for name, text in (("a", line), ("b", f"0 {SQUARE}")):
        write_picture(tmp_path / f"{name}.png", SIZE)
        write(tmp_path / f"{name}.txt", f"{text}\n")
    write(tmp_path / "classes.txt", "cat\n")

    report = import_or_refuse(tmp_path, "yolo")

    assert report is not None
    assert report.masks == 1
    assert said in report.skipped[0].reason


def test_two_files_for_one_picture_are_one_sample(tmp_path: Path):
    write_picture(tmp_path / "images" / "a.png", SIZE)
    for folder in ("labels", "old"):
        write(tmp_path / folder / "a.txt", f"0 {SQUARE}\n")

    report = import_or_refuse(tmp_path, "yolo")

    assert report is not None
    assert (report.pictures, len(report.skipped)) == (1, 1)


def test_poses_are_refused(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "a.txt", f"0 {SQUARE}\n")
    write(tmp_path / "data.yaml", "names: [person]\nkpt_shape: [17, 3]\n")

    with pytest.raises(FormatError, match="poses"):
        open_source(tmp_path, name="yolo")


def test_exported_folders_are_those_that_ultralytics_looks_for(tmp_path: Path):
    dataset = make_dataset(tmp_path / "in", {"train/ring": HARD["ring"], "val/parts": HARD["two parts"]})

    there_and_back(tmp_path, "yolo", dataset)

    exported = tmp_path / "exported"
    assert yaml.safe_load((exported / "data.yaml").read_text(encoding="utf-8")) == {
        "train": "images/train", "val": "images/val", "names": {0: "cat", 1: "dog", 2: "unpainted"},
    }  # fmt: skip
    lines = (exported / "labels" / "val" / "parts.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in lines] == ["0", "0", "1", "1"]
    assert all(0 <= float(word) <= 1 and len(line.split()) >= 7 for line in lines for word in line.split()[1:])


@pytest.mark.parametrize("side", [4093, 12_007])
def test_fractions_are_fine_enough_for_large_pictures(tmp_path: Path, side: int):
    mask = np.zeros((3, side), dtype=np.uint8)
    mask[1, ::2] = 1
    mask[:, -1] = 2
    dataset = make_dataset(tmp_path / "in", {"train/a": mask})

    back, _ = there_and_back(tmp_path, "yolo", dataset)

    sample, first = back.find("train/a"), dataset.find("train/a")
    assert sample is not None
    assert first is not None
    assert sample.mask is not None
    assert first.mask is not None
    assert sample.mask.read_bytes() == first.mask.read_bytes()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_files_are_refused_in_words(data: st.DataObject):
    valid = {"a.txt": f"0 {SQUARE}\n1 {SQUARE}\n", "data.yaml": "train: images\nval: [images]\nnames: [cat, dog]\n"}
    wrong = data.draw(st.sampled_from(sorted(valid)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        for name, text in valid.items():
            write(folder / name, data.draw(broken_text(text)) if name == wrong else text)
        import_or_refuse(folder, "yolo")
