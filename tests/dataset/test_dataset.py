"""Datasets in every layout that is read as it stands, and what is wrong with them."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from segstudio.dataset.classes import ClassesError, ClassInfo, ClassList, load_classes, save_classes
from segstudio.dataset.dataset import DatasetError, find_images, open_dataset, open_folders
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.images import ImageError, image_size, read_image, read_reduced
from segstudio.dataset.masks import write_mask
from segstudio.dataset.problems import Severity
from segstudio.dataset.statistics import infer_classes
from segstudio.dataset.synthetic import SampleDatasetError, make_sample_dataset


def picture(path, size=(6, 8), value=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), value, np.uint8)).save(path)


def kinds(folder):
    found = verify(open_dataset(folder))
    return sorted(problem.kind for problem in found if problem.severity is not Severity.INFO)


@pytest.mark.parametrize(
    ("images", "masks", "split"),
    [
        ("train_images", "train_segmentation", "train"),
        ("val_images", "val_segmentation", "val"),
        ("images_prepped_test", "annotations_prepped_test", "test"),
        ("images", "masks", "train"),
        ("images", "labels", "train"),
        (".", "train_segmentation", "train"),
    ],
)
def test_each_layout_pairs_by_stem(tmp_path, images, masks, split):
    picture(tmp_path / images / "a.JPG")
    picture(tmp_path / images / "b.png")
    write_mask(tmp_path / masks / "a.png", np.zeros((6, 8), np.uint8))
    dataset = open_dataset(tmp_path)
    assert [(sample.key, sample.mask is not None) for sample in dataset] == [
        (f"{split}/a", True),
        (f"{split}/b", False),
    ]
    assert dataset.find(f"{split}/b").target == tmp_path / masks / "b.png"
    assert dataset.problems == ()


def test_any_two_folders_make_a_dataset(tmp_path):
    picture(tmp_path / "pics" / "a.png")
    write_mask(tmp_path / "ids" / "a.png", np.zeros((6, 8), np.uint8))
    assert len(open_folders(tmp_path / "pics", tmp_path / "ids").labelled("train")) == 1


def test_masks_of_a_read_only_dataset_are_written_elsewhere(tmp_path):
    picture(tmp_path / "there" / "a.png")
    dataset = open_dataset(tmp_path / "there", output=tmp_path / "here")
    sample = dataset.samples[0]
    assert sample.target.is_relative_to(tmp_path / "here")
    write_mask(sample.target, np.zeros((6, 8), np.uint8))
    assert open_dataset(tmp_path / "there", output=tmp_path / "here").samples[0].mask == sample.target


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir()])
def test_a_folder_without_pictures_is_refused(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(DatasetError, match="x"):
        open_dataset(tmp_path / "x")


def test_find_images_refuses_what_is_no_picture(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DatasetError, match=r"notes\.txt"):
        find_images([tmp_path / "notes.txt"])


def test_verify_finds_each_problem(tmp_path):
    images, masks = tmp_path / "train_images", tmp_path / "train_segmentation"
    for name in ("good", "sizes", "colours", "broken", "ids"):
        picture(images / f"{name}.png")
    (images / "damaged.png").write_bytes(b"no picture")
    save_classes(tmp_path, ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (255, 0, 0)))))
    write_mask(masks / "good.png", np.ones((6, 8), np.uint8))
    write_mask(masks / "sizes.png", np.ones((5, 8), np.uint8))
    Image.fromarray(np.full((6, 8, 3), (9, 0, 0), np.uint8)).save(masks / "colours.png")
    (masks / "broken.png").write_bytes(b"")
    write_mask(masks / "ids.png", np.full((6, 8), 7, np.uint8))
    write_mask(masks / "alone.png", np.ones((6, 8), np.uint8))
    assert kinds(tmp_path) == sorted(
        ["size_mismatch", "colour_mask", "unreadable_mask", "unknown_id", "unreadable_image", "mask_without_image"]
    )


def test_pictures_without_masks_are_a_warning_only(tmp_path):
    picture(tmp_path / "a.png")
    assert kinds(tmp_path) == ["no_masks"]


def test_the_sample_dataset_is_the_same_everywhere_and_without_fault(tmp_path):
    for name in ("one", "two"):
        make_sample_dataset(tmp_path / name, train=3, val=1, test=1)
    first = {path.relative_to(tmp_path / "one"): path.read_bytes() for path in (tmp_path / "one").rglob("*.png")}
    second = {path.relative_to(tmp_path / "two"): path.read_bytes() for path in (tmp_path / "two").rglob("*.png")}
    assert first == second
    assert len(first) == 10
    dataset = open_dataset(tmp_path / "one")
    assert verify(dataset) == []
    assert set(infer_classes(dataset).ids) == set(dataset.classes.ids)


def test_the_sample_dataset_overwrites_nothing(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SampleDatasetError, match="not empty"):
        make_sample_dataset(tmp_path)


def test_classes_survive_the_disk(tmp_path):
    classes = ClassList((ClassInfo(0, "Hintergrund", (0, 0, 0)), ClassInfo(300, "道路", (1, 2, 3), ignored=True)))
    save_classes(tmp_path, classes)
    assert load_classes(tmp_path) == classes


def test_classes_txt_is_read(tmp_path):
    (tmp_path / "classes.txt").write_text("0\tsky\t#0000ff\n11\tvoid\t#000000\tignore\n")
    classes = load_classes(tmp_path)
    assert classes.ids == (0, 11)
    assert classes.ignored_ids == {11}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "[" * 100_000,
        f'[{{"id": {"9" * 5000}, "name": "a", "colour": "#000000"}}]',
        json.dumps([{"id": "0", "name": "a", "colour": "#000000"}]),
        json.dumps([{"id": 0, "name": "a"}]),
        json.dumps([{"id": 0, "name": "a", "colour": "#000000"}] * 2),
    ],
)
def test_broken_classes_name_the_file(tmp_path, content):
    (tmp_path / "classes.json").write_text(content)
    with pytest.raises(ClassesError, match=r"classes\.json"):
        load_classes(tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright_by_exif(tmp_path, orientation):
    """R14: one loader, the same pixels for everybody; Pillow's own answer is the reference."""
    from PIL import ImageOps

    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), expected)
    assert image_size(tmp_path / "a.png") == (expected.shape[1], expected.shape[0])


def test_deep_pictures_are_scaled_to_eight_bits(tmp_path):
    deep = np.linspace(1000, 9000, 400, dtype=np.uint16).reshape(20, 20)
    cv2.imwrite(str(tmp_path / "a.png"), deep)
    seen = read_image(tmp_path / "a.png")
    assert seen.shape == (20, 20, 3)
    assert seen.min() == 0
    assert seen.max() == 255


def test_a_damaged_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"a\.png"):
        read_image(tmp_path / "a.png")


def test_thumbnails_keep_to_their_side(tmp_path):
    picture(tmp_path / "a.jpg", size=(300, 500))
    assert max(read_reduced(tmp_path / "a.jpg", 64).shape) == 64
