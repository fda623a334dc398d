"""CVAT's XML, and that of the old LabelMe."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

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

SIZE = (12, 8)
LABELS = (
    "<labels><label><name>cat</name><color>#0a141e</color></label><label><name>dog</name></label>"
    "<label><name>knee</name><parent>dog</parent></label></labels>"
)
POLYGON = '<polygon label="cat" points="1.0,1.0;9.0,1.0;9.0,6.0;1.0,6.0" z_order="1"></polygon>'
BOX = '<box label="dog" xtl="3.00" ytl="2.00" xbr="6.00" ybr="4.00" z_order="0"></box>'
MASK = '<mask label="dog" rle="1, 2, 1, 2" left="8" top="5" width="3" height="2" z_order="2"></mask>'


def document(*shapes: str, size: str = 'width="12" height="8"', tracks: str = "", meta: str = "") -> str:
    image = f'<image id="0" name="a.png" {size}>{"".join(shapes)}</image>' if not tracks else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>'
        f"<meta><task>{meta}{LABELS}</task></meta>{image}{tracks}</annotations>"
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def mask_of(folder: Path, *shapes: str) -> np.ndarray:
    write_picture(folder / "images" / "a.png", SIZE)
    write(folder / "annotations.xml", document(*shapes))
    return imported_mask(folder, "cvat_xml", "a")[0]


def test_real_projects_are_read_with_their_splits(real_data: Path):
    folder = real_data / "imports" / "datumaro_assets" / "cvat_dataset" / "for_images" / "export_project"
    assert recognise(list_folder(folder))[0].format.name == "cvat_xml"

    source = open_source(folder)

    assert sorted((sample.split or "", sample.image.parent.name) for sample in source.samples if sample.image) == [
        ("test", "Test"), ("test", "Test"), ("train", "Train"), ("train", "Train"),
        ("val", "Validation"), ("val", "Validation"),
    ]  # fmt: skip
    mask, classes = imported_mask(folder, "cvat_xml", "img0")
    assert [entry.name for entry in classes] == ["background", "label1", "label2"]
    assert mask.sum() == mask[2:4, 0:4].sum() == 8
    assert "polyline (3)" in source.notes[0]


def test_a_real_shape_without_a_label_is_left_out_and_named(real_data: Path):
    folder = real_data / "imports" / "datumaro_assets" / "cvat_dataset" / "for_images" / "export_task"

    report = import_or_refuse(folder, "cvat_xml")

    assert report is not None
    assert report.masks == 1
    assert "label of a polygon on img1" in report.skipped[0].reason


def test_real_videos_are_read_frame_by_frame_and_stay_together(real_data: Path):
    folder = real_data / "imports" / "datumaro_assets" / "cvat_dataset" / "for_video"

    source = open_source(folder)
    report = import_or_refuse(folder, "cvat_xml")
    mask, classes = imported_mask(folder, "cvat_xml", "frame_000010")

    assert [sample.name for sample in source.samples] == ["frame_000010", "frame_000013", "frame_000016"]
    assert len({sample.group for sample in source.samples}) == 1
    assert report is not None
    assert (report.masks, report.skipped) == (3, ())
    box = next(entry.id for entry in classes if entry.name == "II")
    assert (mask[4, 3:10] == box).all()


def test_higher_shapes_lie_over_lower_ones_whatever_their_order(tmp_path: Path):
    """R16."""
    mask = mask_of(tmp_path, MASK, POLYGON, BOX)

    assert (mask[1, 1], mask[3, 4], mask[5, 9], mask[5, 10]) == (1, 1, 2, 2)
    assert mask[6].tolist() == [0] * 9 + [2, 2, 0]


def test_the_runs_of_a_mask_go_by_rows(tmp_path: Path):
    """R17."""
    mask = mask_of(tmp_path, '<mask label="dog" rle="0, 4, 3, 1" left="2" top="1" width="4" height="2" z_order="0"/>')

    assert mask[1, 2:6].tolist() == [2, 2, 2, 2]
    assert mask[2, 2:6].tolist() == [0, 0, 0, 2]


def test_boxes_turn_and_ellipses_are_round(tmp_path: Path):
    turned = mask_of(tmp_path, '<box label="cat" xtl="2" ytl="3" xbr="8" ybr="5" rotation="90"/>')
    assert {(int(y), int(x)) for y, x in np.argwhere(turned)} == {(y, x) for y in range(1, 7) for x in (4, 5)}

    round_one = mask_of(tmp_path, '<ellipse label="cat" cx="6" cy="4" rx="5" ry="3"/>')
    assert abs(np.count_nonzero(round_one) - np.pi * 15) < 5
    assert (round_one[4, 6], round_one[1, 1]) == (1, 0)


def test_labels_have_their_colours_and_joints_are_none(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "annotations.xml", document(POLYGON))

    source = open_source(tmp_path)

    assert [(entry.name, entry.colour) for entry in source.classes] == [("cat", (10, 20, 30)), ("dog", None)]


def test_what_several_jobs_drew_on_one_picture_is_one_mask(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "job_1.xml", document(POLYGON))
    write(tmp_path / "job_2.xml", document(MASK))

    report = import_or_refuse(tmp_path, "cvat_xml")
    mask, _ = imported_mask(tmp_path, "cvat_xml", "a")

    assert report is not None
    assert (report.pictures, report.skipped) == (1, ())
    assert set(np.unique(mask)) == {0, 1, 2}


def test_a_track_lasts_until_it_is_outside(tmp_path: Path):
    def at(frame: int, left: int, outside: int = 0) -> str:
        return f'<box frame="{frame}" outside="{outside}" xtl="{left}" ytl="1" xbr="{left + 2}" ybr="3"/>'

    tracks = f'<track id="0" label="cat">{at(0, 1)}{at(2, 5)}{at(3, 5, 1)}</track>'
    for frame in range(5):
        write_picture(tmp_path / "images" / f"frame_{frame:06}.png", SIZE)
    meta = "<start_frame>0</start_frame><stop_frame>4</stop_frame>"
    write(tmp_path / "annotations.xml", document(tracks=tracks, meta=meta))

    left = []
    for frame in range(5):
        mask, _ = imported_mask(tmp_path, "cvat_xml", f"frame_{frame:06}")
        left.append(np.flatnonzero(mask.any(axis=0)).tolist())

    assert left == [[1, 2], [1, 2], [5, 6], [], []]


def test_a_video_without_its_pictures_is_refused(tmp_path: Path):
    box = BOX.replace("<box", '<box frame="0"')
    write(tmp_path / "annotations.xml", document(tracks=f'<track label="cat">{box}</track>'))

    with pytest.raises(FormatError, match="Save images"):
        open_source(tmp_path, name="cvat_xml")


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ('<polygon label="cat" points="1,1;2,2"/>', "2 points"),
        ('<polygon label="cat" points="1,1;nan,2;3,3"/>', "number"),
        ('<polygon label="cow" points="1,1;5,2;3,3"/>', "cow"),
        ('<mask label="cat" rle="1, 2" left="1" top="1" width="3" height="2"/>', "add up"),
        ('<mask label="cat" rle="99999999" left="1" top="1" width="9999" height="9999"/>', "beyond"),
        ('<box label="cat" xtl="1" ytl="1" xbr="5"/>', "ybr"),
    ],
)
def test_a_shape_without_sense_is_refused_in_words(tmp_path: Path, shape: str, said: str):
    with pytest.raises(FormatError, match=said):
        mask_of(tmp_path, shape)


def test_exported_masks_are_read_by_the_same_rules(tmp_path: Path):
    dataset = make_dataset(tmp_path / "in", {"train/a": HARD["ring"]})

    there_and_back(tmp_path, "cvat_xml", dataset)

    text = (tmp_path / "exported" / "annotations.xml").read_text(encoding="utf-8")
    assert 'rle="0, 6, 3, 2, 3, 2, 3, 6"' in text
    assert "<color>#c86400</color>" in text


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_broken_files_are_refused_in_words(data: st.DataObject):
    ellipse = '<ellipse label="cat" cx="6" cy="4" rx="5" ry="3" rotation="30"/>'
    tracks = '<track label="cat"><box frame="0" outside="0" xtl="1" ytl="1" xbr="3" ybr="3"/></track>'
    meta = "<start_frame>0</start_frame><stop_frame>1</stop_frame><frame_filter>step=1</frame_filter>"
    valid = data.draw(st.sampled_from([document(POLYGON, BOX, MASK, ellipse), document(tracks=tracks, meta=meta)]))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        write_picture(folder / "frame_0.png", SIZE)
        write(folder / "annotations.xml", data.draw(broken_text(valid)))
        import_or_refuse(folder, "cvat_xml")


OLD = (
    "<annotation><filename>a.png</filename><folder>set</folder><imagesize><nrows>8</nrows><ncols>12</ncols></imagesize>"
    "<object><name>cat</name><deleted>0</deleted><polygon><pt><x>1</x><y>1</y></pt><pt><x>5</x><y>1</y></pt>"
    "<pt><x>5</x><y>4</y></pt></polygon></object>"
    "<object><name>cow</name><deleted>1</deleted><polygon><pt><x>1</x><y>1</y></pt></polygon></object>"
    "<object><name>dog</name><deleted>0</deleted><segm><mask>a_mask_1.png</mask></segm></object></annotation>"
)


def old_labelme(folder: Path, text: str) -> Path:
    write_picture(folder / "Images" / "set" / "a.png", SIZE)
    pixels = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    pixels[6:, 9:] = 255
    (folder / "Masks" / "set").mkdir(parents=True)
    Image.fromarray(pixels).save(folder / "Masks" / "set" / "a_mask_1.png")
    write(folder / "Annotations" / "set" / "a.xml", text)
    return folder


def test_the_old_labelme_has_polygons_and_masks_and_deleted_objects(tmp_path: Path):
    old_labelme(tmp_path, OLD)
    assert recognise(list_folder(tmp_path))[0].format.name == "labelme_xml"

    mask, classes = imported_mask(tmp_path, "labelme_xml", "a")

    assert [entry.name for entry in classes] == ["background", "cat", "dog"]
    assert (mask[1, 1], mask[4, 5], mask[4, 1], mask[7, 11], np.count_nonzero(mask == 2)) == (1, 1, 0, 2, 6)


def test_a_real_file_of_the_old_labelme_is_read(real_data: Path):
    report = import_or_refuse(real_data / "imports" / "datumaro_assets" / "labelme_dataset", "labelme_xml")

    assert report is not None
    assert (report.pictures, report.masks, report.skipped) == (1, 1, ())


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_broken_files_of_the_old_labelme_are_refused_in_words(data: st.DataObject):
    with tempfile.TemporaryDirectory() as place:
        text = data.draw(broken_text(OLD.replace(">", "> ").replace("<", " <")))
        import_or_refuse(old_labelme(Path(place), text), "labelme_xml")
