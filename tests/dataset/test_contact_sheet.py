"""Contact sheets: which pictures are on them, and what is drawn."""

import numpy as np
import pytest
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.contact_sheet import (
    SIDE,
    ContactSheetError,
    Tile,
    chosen,
    contact_sheet,
    overlay_tile,
    reduced_mask,
    write_sheets,
)
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.lettering import font_for, shortened, text_width
from segstudio.dataset.masks import write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.synthetic import make_sample_dataset

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "клетка", (200, 30, 60))))


def count_pixels(sheet, colour):
    return int((sheet == np.array(colour, np.uint8)).all(axis=-1).sum())


def test_pictures_are_chosen_evenly_over_a_split(tmp_path):
    make_sample_dataset(tmp_path / "a", train=10, val=3, test=1, size=(40, 56))
    dataset = open_dataset(tmp_path / "a")
    assert [sample.name for sample in chosen(dataset, "train", 5)] == [f"scene-{n:03}" for n in (1, 3, 5, 7, 9)]
    assert [sample.key for sample in chosen(dataset, "val", 99)] == [f"val/scene-00{n}" for n in (1, 2, 3)]
    assert len(chosen(dataset, None, 99)) == 14


def test_a_choice_of_nothing_is_said(tmp_path):
    make_sample_dataset(tmp_path / "a", train=2, val=1, test=1, size=(40, 56))
    for mask in (tmp_path / "a" / "test_segmentation").iterdir():
        mask.unlink()
    dataset = open_dataset(tmp_path / "a")
    with pytest.raises(ContactSheetError, match="no picture with a mask in test"):
        chosen(dataset, "test", 3, labelled=True)
    with pytest.raises(ContactSheetError, match="at least 1"):
        chosen(dataset, "train", 0)


def test_a_tile_is_the_overlay_of_its_sample(tmp_path):
    folder = tmp_path / "データ é"
    write_picture(folder / "train_images" / "a.png", np.full((30, 60, 3), 100, np.uint8))
    mask = np.zeros((30, 60), np.uint8)
    mask[:, 40:] = 1
    write_mask(folder / "train_segmentation" / "a.png", mask)
    tile = overlay_tile(open_dataset(folder).samples[0], CLASSES)
    assert tile.picture.shape == (30, 60, 3)
    assert tile.picture[5, 10].tolist() == [100, 100, 100]
    assert tile.picture[5, 50].tolist() == [150, 65, 80]
    assert (tile.caption, tile.note) == ("a", "train")


def test_what_cannot_be_read_or_has_no_mask_is_said_on_its_tile(tmp_path):
    write_picture(tmp_path / "train_images" / "a.png", np.zeros((30, 60, 3), np.uint8))
    (tmp_path / "train_images" / "b.png").write_bytes(b"no picture")
    bare, broken = (overlay_tile(sample, CLASSES) for sample in open_dataset(tmp_path))
    assert bare.note == "train, no mask"
    assert broken.picture is None
    assert "cannot be read" in broken.note
    assert contact_sheet([bare, broken], CLASSES, title="x").shape[1] >= 2 * SIDE


def test_a_large_mask_is_reduced_by_its_nearest_pixels():
    mask = np.repeat(np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3), 100, axis=0), 100, axis=1)
    assert np.array_equal(reduced_mask(mask, (2, 3)), np.arange(6).reshape(2, 3))
    assert np.array_equal(reduced_mask(mask[::100, ::100], (200, 300)), mask)


def test_every_picture_and_every_class_is_on_the_sheet():
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250)]
    tiles = [Tile(np.full((50, 80, 3), colour, np.uint8), f"picture {n}") for n, colour in enumerate(colours)]
    sheet = contact_sheet(tiles, CLASSES, title="three")
    assert [count_pixels(sheet, colour) for colour in colours] == [4000, 4000, 4000]
    assert count_pixels(sheet, (200, 30, 60)) > 100, "the legend shows the colour of the class"
    many = ClassList(tuple(ClassInfo(n, f"class with a long name {n}", (n, 99, 99)) for n in range(150)))
    large = contact_sheet(tiles, many, title="three")
    assert all(count_pixels(large, (n, 99, 99)) > 100 for n in range(150))


def test_more_pictures_than_a_sheet_holds_go_to_the_next(tmp_path):
    tiles = (Tile(np.full((20, 20, 3), 90, np.uint8), str(n)) for n in range(9))
    paths = write_sheets(tiles, CLASSES, tmp_path / "new", title="nine", name="all", columns=2)
    assert [path.name for path in paths] == ["all-001.png", "all-002.png"]
    assert [count_pixels(read_image(path), (90, 90, 90)) for path in paths] == [8 * 400, 400]


def test_text_is_shortened_in_its_middle_to_its_room():
    long = "a_very_long_name_of_a_picture_that_goes_on_and_on_0001"
    short = shortened(long, size=13, width=150)
    assert text_width(short, 13) <= 150 < text_width(long, 13)
    assert short.startswith("a_very")
    assert short.endswith("0001")
    assert shortened("short", size=13, width=150) == "short"
    assert shortened("abc", size=13, width=1) in ("", "…")


def test_a_name_that_is_not_latin_is_drawn_in_a_font_that_has_it():
    """R19: where this computer has such a font, the letters differ; a box for each would look the same."""
    font = font_for("клетка", 20)
    letters = {bytes(font.getmask(letter)) for letter in "клет"}
    if letters == {bytes(font.getmask("\U0010ffff"))}:
        pytest.skip("no font of this computer has Cyrillic letters")
    assert len(letters) == 4


def test_text_of_any_script_can_be_drawn():
    for text in ("データ", "نسيج", "組織", "🙂", "", " ", "\udcff"):
        tile = Tile(np.zeros((20, 20, 3), np.uint8), text)
        classes = ClassList((ClassInfo(0, text.strip() or "x", (1, 2, 3)),))
        sheet = contact_sheet([tile], classes, title=text)
        assert Image.fromarray(sheet).size[0] >= SIDE
