"""labelme's JSON files, and X-AnyLabeling's."""

import base64
import contextlib
import io
import json
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.formats.labelme_shapes import draw_shape
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import open_source, recognise
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.shapes import (
    JUNK,
    broken,
    import_or_refuse,
    imported_mask,
    make_dataset,
    pictures_of,
    there_and_back,
    write_picture,
)

SIZE = (12, 8)


def png(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def shape(label: str, points: list[list[float]], kind: str | None = "polygon", **more: object) -> dict[str, object]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}


def annotation(*shapes: dict[str, object], **more: object) -> dict[str, object]:
    fields = {"imagePath": "a.png", "imageData": None, "imageWidth": SIZE[0], "imageHeight": SIZE[1]}
    return {"version": "5.0.1", "flags": {}, "shapes": list(shapes), **fields, **more}


def write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def mask_of(folder: Path, *shapes: dict[str, object], **more: object) -> np.ndarray:
    write_picture(folder / "a.png", SIZE)
    write(folder / "a.json", annotation(*shapes, **more))
    return imported_mask(folder, "labelme", "a")[0]


SQUARE = [[2, 1], [5, 1], [5, 4], [2, 4]]


def test_real_polygons_agree_with_labelmes_own_masks_to_one_pixel(real_data: Path):
    folder = real_data / "imports" / "labelme_semantic"
    wrong = 0
    for path in (folder / "data_dataset_voc" / "SegmentationClass").iterdir():
        mask, classes = imported_mask(folder, "labelme", path.stem)
        wrong += np.count_nonzero(mask != np.asarray(Image.open(path)))
    assert wrong <= 1
    assert [entry.name for entry in classes][:3] == ["_background_", "aeroplane", "bicycle"]
    assert [(entry.id, entry.name) for entry in classes if entry.ignored] == [(255, "__ignore__")]


def test_real_x_anylabeling_agrees_with_its_own_masks(real_data: Path):
    folder = real_data / "imports" / "xanylabeling" / "multiclass_semantic_segmentation"

    assert [each.format.name for each in recognise(list_folder(folder))][:2] == ["xanylabeling", "labelme"]
    mask, classes = imported_mask(folder, "xanylabeling", "cat_dog")

    colours = np.zeros((256, 3), np.uint8)
    for entry in classes:
        colours[entry.id] = entry.colour
    theirs = np.asarray(Image.open(folder / "masks" / "cat_dog.png").convert("RGB"))
    assert np.count_nonzero((colours[mask] != theirs).any(axis=2)) <= 20  # along edges, of 1,166,400


@pytest.mark.parametrize("part", ["coco_tiny/labelme", "voc_palette_cat", "labelme_instance/data_annotated"])
def test_other_real_files_are_read(real_data: Path, part: str):
    assert recognise(list_folder(real_data / "imports" / part))[0].format.name == "labelme"
    report = import_or_refuse(real_data / "imports" / part, "labelme")
    assert report is not None
    assert report.skipped == ()
    assert report.masks == report.pictures > 0


def test_shapes_lie_over_each_other_in_the_order_of_the_file(tmp_path: Path):
    """R16."""
    mask = mask_of(tmp_path, shape("cat", SQUARE), shape("dog", [[4, 3], [9, 3], [9, 6], [4, 6]]))

    assert (mask[2, 3], mask[4, 4], mask[5, 8], mask[0, 0]) == (1, 2, 2, 0)


@pytest.mark.parametrize(
    ("kind", "points", "inside", "outside"),
    [
        ("rectangle", [[5, 4], [2, 1]], [(1, 2), (4, 5)], [(0, 2), (4, 6)]),
        ("circle", [[5, 4], [5, 6]], [(4, 5), (6, 5), (4, 3)], [(6, 3), (0, 5)]),
        ("point", [[2, 2]], [(2, 2), (2, 7), (0, 0)], [(7, 11)]),
        ("points", [[0, 0], [11, 7]], [(0, 0), (7, 11)], []),
        ("line", [[-20, -4], [20, 4]], [(0, 0)], [(7, 0)]),
        ("linestrip", [[0, 0], [3, 0], [3, 0]], [(0, 1)], [(7, 11)]),
        (None, SQUARE, [(2, 3)], [(0, 0)]),
    ],
)
def test_every_kind_of_shape_is_drawn(
    tmp_path: Path,
    kind: str | None,
    points: list[list[float]],
    inside: list[tuple[int, int]],
    outside: list[tuple[int, int]],
):
    mask = mask_of(tmp_path, shape("cat", points, kind))

    assert all(mask[place] == 1 for place in inside)
    assert all(mask[place] == 0 for place in outside)


@pytest.mark.parametrize(("left", "top"), [(3, 2), (-1, -1), (9, 6)])
def test_a_mask_shape_lies_where_its_corner_is_and_is_cut_at_the_edge(tmp_path: Path, left: int, top: int):
    pixels = np.array([[1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 1]], dtype=np.uint8)

    mask = mask_of(tmp_path, shape("cat", [[left, top], [left + 3, top + 2]], "mask", mask=png(pixels * 255)))

    expected = {(top + y, left + x) for y, x in zip(*np.nonzero(pixels), strict=True)}
    assert {(y, x) for y, x in zip(*np.nonzero(mask), strict=True)} == {
        (y, x) for y, x in expected if 0 <= y < SIZE[1] and 0 <= x < SIZE[0]
    }


def test_the_order_of_the_classes_is_that_of_labels_txt(tmp_path: Path):
    (tmp_path / "labels.txt").write_text("__ignore__\n_background_\ndog\ncat\n", encoding="utf-8")
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "a.json", annotation(shape("cat", SQUARE), shape("__ignore__", [[8, 5], [9, 5], [9, 7]])))

    mask, classes = imported_mask(tmp_path, "labelme", "a")

    assert [(entry.id, entry.name, entry.ignored) for entry in classes] == [
        (0, "_background_", False), (1, "dog", False), (2, "cat", False), (255, "__ignore__", True),
    ]  # fmt: skip
    assert sorted(np.unique(mask)) == [0, 2, 255]


@pytest.mark.parametrize(
    "image_path", ["..\\images\\a.png", "../images/a.png", "C:\\Users\\me\\a.png", "/home/me/a.png"]
)
def test_a_picture_is_found_though_folders_are_others(tmp_path: Path, image_path: str):
    write_picture(tmp_path / "images" / "a.png", SIZE)
    write(tmp_path / "json" / "a.json", annotation(shape("cat", SQUARE), imagePath=image_path))

    (sample,) = open_source(tmp_path, name="labelme").samples

    assert sample.image == tmp_path / "images" / "a.png"


def test_without_its_picture_the_one_beside_it_is_taken_then_the_one_inside_then_none(tmp_path: Path):
    inside = png(np.full((SIZE[1], SIZE[0], 3), 77, dtype=np.uint8))
    write_picture(tmp_path / "beside.png", SIZE)
    for name, data in (("beside", inside), ("inside", inside), ("missing", None)):
        write(tmp_path / f"{name}.json", annotation(shape("cat", SQUARE), imagePath="gone.jpg", imageData=data))

    source = open_source(tmp_path)
    report = import_or_refuse(tmp_path, "labelme")

    assert {sample.name: sample.image is not None for sample in source.samples} == {"beside": True, "inside": False}
    assert [each.path.name for each in source.skipped] == ["missing.json"]
    assert "gone.jpg" in source.skipped[0].reason
    assert report is not None
    assert (report.pictures, report.masks, len(report.skipped)) == (2, 2, 1)


def test_what_labelme_reads_back_has_three_points_and_the_words_that_it_knows(tmp_path: Path):
    dataset = make_dataset(tmp_path / "in", {"train/a": pictures_of("c..", "..d", "u.d")})

    there_and_back(tmp_path, "labelme", dataset)

    data = json.loads((tmp_path / "exported" / "train" / "a.json").read_text(encoding="utf-8"))
    assert {each["label"] for each in data["shapes"]} == {"cat", "dog", "__ignore__"}
    assert all(len(each["points"]) >= 3 for each in data["shapes"])
    assert data["imagePath"] == "a.png"
    assert (tmp_path / "exported" / "labels.txt").read_text(encoding="utf-8").split() == [
        "__ignore__", "_background_", "cat", "dog",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (shape("cat", [[1, 1], [2, 2]]), "points"),
        (shape("cat", [[1, 1], [2, float("nan")], [3, 3]]), "number"),
        (shape("cat", [[1, 1], [1e6, 2], [3, 3]]), "outside"),
        (shape("cat", SQUARE, "cuboid"), "cuboid"),
        (shape("cat", [[0, 0], [3, 3]], "mask", mask="AAAA"), "mask"),
    ],
)
def test_a_shape_without_sense_leaves_its_picture_out_and_says_why(tmp_path: Path, wrong: dict[str, object], said: str):
    write_picture(tmp_path / "a.png", SIZE)
    write_picture(tmp_path / "b.png", SIZE)
    write(tmp_path / "a.json", annotation(wrong))
    write(tmp_path / "b.json", annotation(shape("cat", SQUARE), imagePath="b.png"))

    report = import_or_refuse(tmp_path, "labelme")

    assert report is not None
    assert (report.pictures, report.masks) == (1, 1)
    assert said in report.skipped[0].reason


def test_two_files_for_one_picture_are_one_sample(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    for name in ("a", "copy"):
        write(tmp_path / f"{name}.json", annotation(shape("cat", SQUARE)))

    report = import_or_refuse(tmp_path, "labelme")

    assert report is not None
    assert report.pictures == 1
    assert [each.path.name for each in report.skipped] == ["copy.json"]
    assert "same picture" in report.skipped[0].reason


def test_shapes_on_a_picture_as_it_lies_in_its_file_are_turned_with_it(tmp_path: Path):
    """R12."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", SIZE).save(tmp_path / "a.jpg", exif=exif)
    write(tmp_path / "a.json", annotation(shape("cat", [[0, 0], [2, 0], [2, 1], [0, 1]]), imagePath="a.jpg"))

    mask, _ = imported_mask(tmp_path, "labelme", "a")

    assert mask.shape == (SIZE[0], SIZE[1])
    assert {(int(y), int(x)) for y, x in np.argwhere(mask)} == {(y, x) for y in range(3) for x in (6, 7)}


def test_an_annotation_for_a_picture_of_another_size_is_refused(tmp_path: Path):
    with pytest.raises(FormatError, match="40 × 8"):
        mask_of(tmp_path, shape("cat", SQUARE), imageWidth=40)


def test_a_mask_that_says_it_is_huge_is_refused(tmp_path: Path):
    data = bytearray(base64.b64decode(png(np.full((2, 2), 255, np.uint8))))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))

    with pytest.raises(FormatError, match="larger than its picture"):
        mask_of(tmp_path, shape("cat", [[0, 0], [1, 1]], "mask", mask=base64.b64encode(data).decode()))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_masks_are_refused_in_words(data: st.DataObject):
    pixels = bytearray(base64.b64decode(png(np.full((2, 2), 255, np.uint8))))
    for _ in range(data.draw(st.integers(1, 3))):
        pixels[data.draw(st.integers(0, len(pixels) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(pixels[: data.draw(st.integers(1, len(pixels)))])
    with contextlib.suppress(FormatError):
        found = shape("cat", [[0, 0], [1, 1]], "mask", mask=base64.b64encode(cut).decode())
        draw_shape(found, 0, SIZE, "shape 1")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_files_are_refused_in_words(data: st.DataObject):
    valid = annotation(
        shape("cat", SQUARE),
        shape("dog", [[1, 1], [4, 4]], "rectangle"),
        shape("dog", [[1, 1], [4, 4]], "circle"),
        shape("dog", [[1, 1]], "point"),
        shape("cat", [[1, 1], [2, 2]], "mask", mask=png(np.full((2, 2), 255, np.uint8))),
        imageData=png(np.zeros((SIZE[1], SIZE[0], 3), np.uint8)),
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        (folder / "a.json").write_text(data.draw(broken(valid)), encoding="utf-8")
        write(folder / "b.json", data.draw(st.sampled_from([*JUNK[:5], *JUNK[11:]])))
        for name in ("labelme", "xanylabeling"):
            import_or_refuse(folder, name)
