"""The picture that an annotation means is found wherever it lies, or it is said that it is not clear."""

from pathlib import Path

import pytest

from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.names import split_of
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.shapes import write_picture


def search_in(root: Path, *names: str) -> PictureSearch:
    for number, name in enumerate(names):
        write_picture(root / name, (4, 3 + number))
    return PictureSearch(list_folder(root))


def test_what_the_name_says_comes_first(tmp_path: Path):
    search = search_in(tmp_path, "json/a.png", "img/a.png", "a.png")

    assert search.find("a.png", near=tmp_path / "json") == tmp_path / "json" / "a.png"
    assert search.find("../img/a.png", near=tmp_path / "json") == tmp_path / "img" / "a.png"
    assert search.find("img\\a.png", near=tmp_path / "json") == tmp_path / "img" / "a.png"


def test_wrong_folders_do_not_matter_where_the_name_is_the_only_one(tmp_path: Path):
    search = search_in(tmp_path, "img/3.jpeg", "mask/3.png")

    assert search.find("image/3.jpeg", near=tmp_path / "coco") == tmp_path / "img" / "3.jpeg"
    assert search.find("D:\\data\\IMG_OLD\\3.JPEG", near=tmp_path) == tmp_path / "img" / "3.jpeg"


def test_of_several_the_one_of_the_split_then_the_nearest_is_meant(tmp_path: Path):
    search = search_in(tmp_path, "images/train/a.png", "images/val/a.png", "bear/img/b.png", "fruit/img/b.png")

    assert search.find("a.png", near=tmp_path / "annotations", split="val") == tmp_path / "images" / "val" / "a.png"
    assert search.find("b.png", near=tmp_path / "fruit" / "coco") == tmp_path / "fruit" / "img" / "b.png"
    with pytest.raises(FormatError, match="not clear"):
        search.find("a.png", near=tmp_path / "annotations")


def test_copies_of_one_picture_are_that_picture(tmp_path: Path):
    image = write_picture(tmp_path / "one" / "a.png", (4, 3))
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "a.png").write_bytes(image.read_bytes())

    assert PictureSearch(list_folder(tmp_path)).find("x/a.png", near=tmp_path) == image


def test_masks_of_the_same_name_are_not_meant(tmp_path: Path):
    search = search_in(tmp_path, "SegmentationClass/a.png", "frames/a.png")

    assert search.find("a.png", near=tmp_path) == tmp_path / "frames" / "a.png"
    assert search.of_stem("A", near=tmp_path) == tmp_path / "frames" / "a.png"


@pytest.mark.parametrize(
    "name", ["", "..", "/", "gone.png", "a\0b.png", "x" * 5000 + ".png", "../" * 500 + "etc/x.png"]
)
def test_what_is_not_there_is_named(tmp_path: Path, name: str):
    search = search_in(tmp_path, "a.png")

    with pytest.raises(FormatError):
        search.find(name, near=tmp_path)


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("annotations/instances_val2017.json", "val"),
        ("valid/_annotations.coco.json", "val"),
        ("Train/img.json", "train"),
        ("test_set/train/a.json", "train"),
        ("trainer/contest/a.json", None),
    ],
)
def test_folders_and_files_tell_their_split(path: str, split: str | None):
    assert split_of(path) == split
    assert split_of(path.replace("/", "\\")) == split


def test_pictures_among_annotated_ones_are_unlabelled(tmp_path: Path):
    search = search_in(tmp_path, "train/a.png", "train/b.png", "elsewhere/c.png", "train/a.jpg")

    found = list(search.unlabelled([tmp_path / "train" / "a.png"]))

    assert [(sample.name, sample.split, sample.annotation) for sample in found] == [("b", "train", None)]
    assert found[0].image == tmp_path / "train" / "b.png"
