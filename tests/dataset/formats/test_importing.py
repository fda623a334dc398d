"""A source becomes a dataset, whole or not at all, and a report says what was left out and why."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.formats.annotation import Annotation, DrawnObject, Objects, Raster, polygon
from segstudio.dataset.formats.dividing import SplitRule
from segstudio.dataset.formats.importing import REPORT_NAME, import_source
from segstudio.dataset.formats.mapping import ClassMapping, default_mapping
from segstudio.dataset.formats.source import FormatError, Source, SourceClass, SourceSample
from segstudio.dataset.masks import read_mask

SIZE = (30, 20)


def square(position: int, left: int, top: int, side: int) -> DrawnObject:
    return DrawnObject(position, left, top, np.ones((side, side), dtype=bool))


def picture(path: Path, size: tuple[int, int] = SIZE, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (10, 200, 30)).save(path, **options)
    return path


def source_of(
    root: Path, annotate: Callable[[SourceSample], Annotation], *images: Path, classes: str = "sky tree"
) -> Source:
    return Source(
        format="test",
        root=root,
        classes=tuple(SourceClass(name) for name in classes.split()),
        samples=tuple(SourceSample(image.stem, image, annotation=image.stem) for image in images),
        annotate=lambda sample, _size: annotate(sample),
    )


def two_squares(_sample: SourceSample) -> Annotation:
    return Objects(SIZE, (square(0, 2, 2, 8), square(1, 6, 6, 8)))


def test_objects_lie_over_each_other_as_the_source_draws_them(tmp_path: Path):
    source = source_of(tmp_path / "in", two_squares, picture(tmp_path / "in" / "a.png"))

    import_source(source, tmp_path / "out", default_mapping(source), SplitRule(val=0))

    mask = read_mask(tmp_path / "out" / "train_segmentation" / "a.png")
    assert mask.shape == SIZE[::-1]
    assert (mask[7, 7], mask[3, 3], mask[13, 13], mask[19, 29]) == (2, 1, 2, 0)


def test_the_order_of_overlap_can_be_set_by_class(tmp_path: Path):
    source = source_of(tmp_path / "in", two_squares, picture(tmp_path / "in" / "a.png"))
    mapping = replace(default_mapping(source), order=(1, 0))

    import_source(source, tmp_path / "out", mapping, SplitRule(val=0))

    assert read_mask(tmp_path / "out" / "train_segmentation" / "a.png")[7, 7] == 1


def test_classes_are_merged_and_skipped(tmp_path: Path):
    def row(_sample: SourceSample) -> Annotation:
        return Raster(np.array([[0, 1, 2, -1]]))

    source = source_of(tmp_path / "in", row, picture(tmp_path / "in" / "a.png", (4, 1)), classes="car bus sky")
    usual = default_mapping(source)
    mapping = ClassMapping(usual.classes, (1, 1, None), usual.background)

    import_source(source, tmp_path / "out", mapping, SplitRule(val=0))

    assert read_mask(tmp_path / "out" / "train_segmentation" / "a.png").tolist() == [[1, 1, 0, 0]]


def test_ids_of_the_source_are_kept_and_others_numbered():
    def targets(*classes: SourceClass, complete: bool = False) -> tuple[int | None, ...]:
        source = Source("test", Path(), classes, (), lambda *_: Raster(np.zeros((1, 1), int)), complete=complete)
        return default_mapping(source).targets

    assert targets(SourceClass("a", 7), SourceClass("b", 300)) == (7, 300)
    assert targets(SourceClass("a"), SourceClass("void", ignored=True), SourceClass("ground", background=True)) == (
        1,
        255,
        0,
    )
    assert targets(SourceClass("a", 7), SourceClass("b", 7)) == (1, 2)


def test_a_complete_source_gets_no_background():
    classes = (SourceClass("sky", 0), SourceClass("road", 1))
    source = Source("test", Path(), classes, (), lambda *_: Raster(np.zeros((1, 1), int)), complete=True)

    assert default_mapping(source).classes.ids == (0, 1)


def test_what_cannot_be_read_is_skipped_and_the_report_says_why(tmp_path: Path):
    """R18."""
    good, bad, small = (picture(tmp_path / "in" / f"{name}.png") for name in ("good", "bad", "small"))
    bad.write_bytes(bad.read_bytes()[:20])
    picture(small, (5, 5))
    source = source_of(tmp_path / "in", two_squares, good, bad, small)

    report = import_source(source, tmp_path / "out", default_mapping(source))

    assert (report.pictures, report.masks, len(report.skipped)) == (1, 1, 2)
    assert "30 × 20" in report.skipped[1].reason
    assert [sample.name for sample in open_dataset(tmp_path / "out")] == ["good"]
    stored = json.loads((tmp_path / "out" / REPORT_NAME).read_text(encoding="utf-8"))
    assert [entry["path"] for entry in stored["skipped"]] == [str(bad), str(small)]
    assert verify(open_dataset(tmp_path / "out")) == []


def test_where_nothing_can_be_read_nothing_is_left_behind(tmp_path: Path):
    source = source_of(tmp_path / "in", two_squares, picture(tmp_path / "in" / "a.png", (5, 5)))

    with pytest.raises(FormatError, match=r"Nothing .* could be imported: The annotation of a is 30 × 20"):
        import_source(source, tmp_path / "out", default_mapping(source))

    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_stopped_half_way_nothing_is_left_behind(tmp_path: Path):
    images = [picture(tmp_path / "in" / f"{name}.png") for name in "abc"]
    source = source_of(tmp_path / "in", two_squares, *images)
    seen: list[int] = []

    report = import_source(
        source,
        tmp_path / "out",
        default_mapping(source),
        should_stop=lambda: len(seen) == 2,
        on_progress=lambda done, _total: seen.append(done),
    )

    assert report.stopped
    assert seen == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_folder_with_something_in_it_is_never_written_into(tmp_path: Path):
    source = source_of(tmp_path / "in", two_squares, picture(tmp_path / "in" / "a.png"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("precious")

    with pytest.raises(FormatError, match="has something in it"):
        import_source(source, tmp_path / "out", default_mapping(source))

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_pictures_are_copied_byte_for_byte_and_the_source_is_not_touched(tmp_path: Path):
    image = picture(tmp_path / "in" / "a.jpg", quality=60)
    before = image.read_bytes(), image.stat().st_mtime_ns
    source = source_of(tmp_path / "in", two_squares, image)

    import_source(source, tmp_path / "out", default_mapping(source), SplitRule(val=0))

    assert (tmp_path / "out" / "train_images" / "a.jpg").read_bytes() == before[0]
    assert (image.read_bytes(), image.stat().st_mtime_ns) == before


def test_names_that_clash_or_cannot_be_written_become_names_of_their_own(tmp_path: Path):
    image = picture(tmp_path / "in" / "x.png")
    names = ["left/a", "left_a", "LEFT_A", "データ é", "n" * 300]
    source = replace(
        source_of(tmp_path / "in", two_squares, image),
        samples=tuple(SourceSample(name, image, annotation=1) for name in names),
    )

    report = import_source(source, tmp_path / "データ é 空 白", default_mapping(source), SplitRule(val=0))

    assert (report.pictures, report.skipped) == (5, ())
    found = {sample.name for sample in open_dataset(tmp_path / "データ é 空 白")}
    assert found == {"left_a", "left_a-2", "LEFT_A-3", "データ é", "n" * 200}


def test_a_picture_inside_of_its_annotation_is_taken_out(tmp_path: Path):
    def gif(_sample: SourceSample) -> bytes:
        buffer = io.BytesIO()
        Image.new("P", SIZE).save(buffer, "GIF")
        return buffer.getvalue()

    source = replace(
        source_of(tmp_path / "in", two_squares), samples=(SourceSample("a", None, annotation=1),), embedded=gif
    )

    import_source(source, tmp_path / "out", default_mapping(source), SplitRule(val=0))

    assert [path.name for path in (tmp_path / "out" / "train_images").iterdir()] == ["a.png"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_annotation_of_the_picture_as_it_lies_in_the_file_is_turned_with_it(tmp_path: Path, orientation: int):
    """R12: of the quarter turns only the size tells which way the annotation was drawn."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = picture(tmp_path / "in" / "a.png", exif=exif)
    corner = np.zeros(SIZE[::-1], dtype=int)
    corner[:3, :5] = 1

    def objects(_sample: SourceSample) -> Annotation:
        return Objects(SIZE, (DrawnObject(1, 0, 0, np.ones((3, 5), dtype=bool)),))

    for name, annotate in (("raster", lambda _sample: Raster(corner)), ("objects", objects)):
        source = source_of(tmp_path / "in", annotate, image)
        import_source(source, tmp_path / name, default_mapping(source), SplitRule(val=0))

    masks = [read_mask(tmp_path / name / "train_segmentation" / "a.png") for name in ("raster", "objects")]
    height, width = masks[1].shape
    assert (width, height) == (SIZE if orientation < 5 else SIZE[::-1])
    first = {1: (0, 0), 2: (0, 0), 3: (0, 0), 4: (0, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}[orientation]
    assert masks[1][first] == 2
    assert (masks[1] == 2).sum() == 15
    assert ((masks[0] == 2) == (masks[1] == 2)).all()


def test_the_union_of_rings_is_drawn_as_far_as_it_lies_in_the_picture():
    drawn = polygon(3, [[(-5, -5), (3, -5), (3, 3), (-5, 3)], [(8, 8), (40, 8), (40, 40), (8, 40)], [(6, 6)]], (20, 10))

    assert drawn is not None
    whole = np.zeros((10, 20), dtype=bool)
    whole[drawn.top : drawn.top + drawn.pixels.shape[0], drawn.left : drawn.left + drawn.pixels.shape[1]] = drawn.pixels
    expected = np.zeros((10, 20), dtype=bool)
    expected[:4, :4] = expected[8:, 8:] = expected[6, 6] = True
    assert (whole == expected).all()
    assert polygon(3, [[(50, 50), (60, 50), (60, 60)]], (20, 10)) is None
