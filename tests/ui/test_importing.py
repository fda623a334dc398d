"""Importing and exporting in the window: what is shown before anything is written, and what is written then."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox, QPushButton

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask
from segstudio.ui.importing.class_table import LEFT_OUT
from segstudio.ui.importing.export_dialog import ExportDialog
from segstudio.ui.importing.report_dialog import ReportDialog

PATIENCE = 20_000


@pytest.fixture
def labelme_folder(tmp_path):
    """Return a folder as labelme leaves it: two pictures with three shapes, one without, one JSON that is damaged."""
    folder = tmp_path / "データ é"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(folder / f"{name}.png")
    shapes = [("car", 5, 5, 30, 30), ("bus", 20, 20, 50, 35), ("sky", 0, 0, 59, 4)]
    for name in ("a", "b"):
        data = {
            "version": "5.4.1",
            "flags": {},
            "shapes": [
                {
                    "label": label,
                    "points": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
                    "group_id": None,
                    "shape_type": "polygon",
                    "flags": {},
                }
                for label, x0, y0, x1, y1 in shapes
            ],
            "imagePath": f"{name}.png",
            "imageData": None,
            "imageHeight": 40,
            "imageWidth": 60,
        }
        (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "d.json").write_text('{"version": "5.4.1", "shapes": [', encoding="utf-8")
    return folder


@pytest.fixture
def dialog(program, labelme_folder, qtbot):
    made = program.show_import(labelme_folder)
    qtbot.waitUntil(lambda: shown(made), timeout=PATIENCE)
    return made


def shown(dialog):
    pictures = dialog.previews._pictures
    return bool(pictures) and all(not picture.pixmap().isNull() for picture in pictures)


def become(dialog, row, name):
    """Edit a row of the table as a person does."""
    index = dialog.classes.rows.index(row, 1)
    dialog.classes.table.edit(index)
    editor = dialog.classes.table.findChild(QComboBox)
    editor.setCurrentText(name)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def report_of(program, qtbot):
    qtbot.waitUntil(lambda: bool(program.window.findChildren(ReportDialog)), timeout=PATIENCE)
    return program.window.findChildren(ReportDialog)[-1]


def test_what_was_found_is_shown_before_anything_is_written(dialog, labelme_folder):
    assert dialog.format.currentData() == "labelme"
    assert "labelme" in dialog.said
    rows = dialog.classes.rows
    assert [rows.index(row, 0).data() for row in range(rows.rowCount())] == ["car", "bus", "sky"]
    assert dialog.buttons.start.isEnabled()
    assert sorted(path.name for path in labelme_folder.parent.iterdir() if path.is_dir()) == [labelme_folder.name]


def test_classes_are_merged_left_out_and_raised_then_imported_and_opened(program, dialog, labelme_folder, qtbot):
    before = dialog.previews._pictures[0].pixmap().toImage()
    become(dialog, 1, "car")
    qtbot.waitUntil(lambda: dialog._draft.names == ("car", "car", "sky"))
    become(dialog, 2, LEFT_OUT)
    qtbot.waitUntil(lambda: dialog._draft.names == ("car", "car", None))
    qtbot.waitUntil(lambda: dialog.previews._pictures[0].pixmap().toImage() != before, timeout=PATIENCE)
    out = labelme_folder.parent / "out"
    dialog.destination.set_path(out)
    dialog.splits.val.setValue(50)

    QTest.mouseClick(dialog.buttons.start, Qt.MouseButton.LeftButton)
    report = report_of(program, qtbot)
    skipped = [report.skipped.topLevelItem(row).text(0) for row in range(report.skipped.topLevelItemCount())]
    assert skipped == ["d.json"]
    QTest.mouseClick(report.open_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: program.workspace is not None and program.workspace.editing.dataset is not None)
    dataset = program.workspace.editing.dataset
    assert dataset.root == out
    assert [entry.name for entry in dataset.classes] == ["background", "car"]
    masks = [read_mask(sample.mask) for sample in dataset if sample.mask is not None]
    assert len(masks) == 2
    assert (masks[0][2, 40], masks[0][10, 10], masks[0][30, 45]) == (0, 1, 1)


def test_the_order_of_overlap_is_changed_by_moving_a_class(dialog, qtbot):
    dialog.classes.by_class.setChecked(True)
    dialog.classes.table.setCurrentIndex(dialog.classes.rows.index(0, 0))
    QTest.mouseClick(dialog.classes.raise_button, Qt.MouseButton.LeftButton)

    rows = dialog.classes.rows
    assert [rows.index(row, 0).data() for row in range(3)] == ["bus", "car", "sky"]
    assert dialog._draft.order == (1, 0, 2)


def test_a_folder_with_something_in_it_is_not_taken_and_said_so(dialog, labelme_folder):
    dialog.destination.set_path(labelme_folder)

    assert not dialog.buttons.start.isEnabled()
    assert "has something in it" in dialog._what.text()


def test_another_format_can_be_forced_and_its_refusal_is_read(dialog, qtbot):
    dialog.format.setCurrentIndex(dialog.format.findData("coco"))
    dialog.format.activated.emit(dialog.format.currentIndex())

    qtbot.waitUntil(lambda: "COCO" in dialog.said, timeout=PATIENCE)
    assert not dialog.buttons.start.isEnabled()


def test_an_import_is_stopped_and_leaves_nothing(program, dialog, labelme_folder, qtbot):
    dialog.destination.set_path(labelme_folder.parent / "out")
    QTest.mouseClick(dialog.buttons.start, Qt.MouseButton.LeftButton)
    assert dialog.buttons.cancel.text() == "Stop"
    QTest.mouseClick(dialog.buttons.cancel, Qt.MouseButton.LeftButton)

    report_of(program, qtbot)
    left = [path.name for path in labelme_folder.parent.iterdir()]
    # It may have been done before the click was heard: then it is there whole.
    assert set(left) - {"out", "home"} == {labelme_folder.name}
    if "out" in left:
        assert len(open_dataset(labelme_folder.parent / "out")) == 3


def test_what_is_no_dataset_of_ours_can_be_imported_from_where_opening_failed(program, tmp_path, qtbot):
    (tmp_path / "empty").mkdir()
    program.opener.open(tmp_path / "empty")
    qtbot.waitUntil(lambda: bool(program.window.findChildren(QMessageBox)), timeout=PATIENCE)
    box = program.window.findChildren(QMessageBox)[0]
    (button,) = [each for each in box.findChildren(QPushButton) if each.text().startswith("Import")]

    QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    dialogs = [each for each in QApplication.topLevelWidgets() if each.windowTitle() == "Import" and each.isVisible()]
    assert len(dialogs) == 1
    qtbot.waitUntil(lambda: "nothing that looks like" in dialogs[0].said, timeout=PATIENCE)
    dialogs[0].close()


def test_a_dataset_is_exported_with_what_was_painted_just_before(opened, sample_folder, qtbot):
    opened.window.export_action.trigger()
    (dialog,) = opened.window.findChildren(ExportDialog)
    dialog.format.setCurrentIndex(dialog.format.findData("voc"))
    out = sample_folder.parent / "voc"
    dialog.destination.set_path(out)

    QTest.mouseClick(dialog.buttons.start, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: bool(opened.window.findChildren(ReportDialog)), timeout=PATIENCE)
    assert len(list((out / "SegmentationClass").iterdir())) == sum(
        sample.mask is not None for sample in opened.workspace.editing.dataset
    )


def test_one_class_is_exported_in_black_and_white(opened, sample_folder, qtbot):
    opened.window.export_action.trigger()
    (dialog,) = opened.window.findChildren(ExportDialog)
    assert not dialog.shown_class.isVisible()
    dialog.format.setCurrentIndex(dialog.format.findData("binary_masks"))
    assert dialog.shown_class.isVisible()
    assert dialog.shown_class.currentText() != "background"
    dialog.shown_class.setCurrentIndex(2)
    name = dialog.shown_class.currentText()
    out = dialog.destination.path
    assert out == sample_folder.parent / f"sample-{name}"

    QTest.mouseClick(dialog.buttons.start, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: bool(opened.window.findChildren(ReportDialog)), timeout=PATIENCE)
    expected = read_mask(sample_folder / "val_segmentation" / "scene-001.png") == 2
    np.testing.assert_array_equal(read_mask(out / "masks" / "val" / "scene-001.png"), np.where(expected, 255, 0))
    assert not (out / "masks" / "train" / "scene-001.png").exists(), "that picture has no mask"
