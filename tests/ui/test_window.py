"""The window: opening and closing, whatever it is asked to open."""

import gc

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton, QWidget

from segstudio.app import Program
from segstudio.dataset.masks import read_mask
from segstudio.ui.rail import Place
from segstudio.ui.settings import Settings, open_settings
from tests.ui.conftest import drag, open_folder


def test_calls_that_return_nothing_do_not_wear_out(qtbot):
    """PySide6 6.12.0 on Python 3.11 dies after some 5,000 such calls; no release with that fault may be used."""
    widget = QWidget()
    qtbot.addWidget(widget)
    for _ in range(200_000):
        widget.setObjectName("name")
    gc.collect()
    assert widget.objectName() == "name"


def test_a_folder_of_pictures_is_painted_on_and_gets_masks_and_classes(program, picture_folder, qtbot):
    open_folder(program, picture_folder, qtbot)
    canvas = program.workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    target = picture_folder / "train_segmentation" / "pic 0 é.png"
    qtbot.waitUntil(target.is_file, timeout=10_000)
    assert (read_mask(target) == 1).any()
    qtbot.waitUntil((picture_folder / "classes.json").is_file)


def test_a_dataset_that_is_opened_again_shows_its_first_picture(opened, sample_folder, qtbot):
    editing = opened.workspace.editing
    before = editing.current
    opened.opener.open(sample_folder)
    qtbot.waitUntil(lambda: editing.current is not None and editing.current is not before)
    assert editing.current.sample.name == "scene-001"


def test_a_folder_is_opened_by_dropping_it(program, sample_folder, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(sample_folder))])
    words = (QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(*words)
    QApplication.sendEvent(program.window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(program.window, QDropEvent(QPoint(50, 50).toPointF(), *words[1:]))
    qtbot.waitUntil(lambda: program.workspace is not None and program.workspace.editing.current is not None)
    assert program.settings.recent == [sample_folder]


def test_what_cannot_be_opened_is_said_and_the_window_stays(program, tmp_path, qtbot):
    (tmp_path / "empty").mkdir()
    program.opener.open(tmp_path / "empty")
    qtbot.waitUntil(lambda: program.window.findChild(QMessageBox) is not None)
    box = program.window.findChild(QMessageBox)
    assert "empty" in box.text() + box.informativeText()
    assert "no pictures" in box.text() + box.informativeText()
    box.close()
    assert program.window.isVisible()


def test_a_dataset_on_read_only_storage_writes_where_it_is_told(program, picture_folder, tmp_path, qtbot, monkeypatch):
    """Permission bits do not stop root: the answer of the probe is given, everything after it is real."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("segstudio.dataset.dataset.needs_output", lambda folder: folder == picture_folder)
    monkeypatch.setattr("PySide6.QtWidgets.QMessageBox.information", lambda *_words: None)
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getExistingDirectory", lambda *_words: str(elsewhere))
    before = sorted(picture_folder.rglob("*"))
    open_folder(program, picture_folder, qtbot)
    canvas = program.workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    qtbot.waitUntil((elsewhere / "train_segmentation" / "pic 0 é.png").is_file, timeout=10_000)
    assert sorted(picture_folder.rglob("*")) == before
    assert program.settings.output_for(picture_folder) == elsewhere


def test_single_letter_shortcuts_rest_while_a_text_field_has_the_focus(opened, qtbot):
    """R29."""
    workspace = opened.workspace
    search = workspace.browser.findChild(QLineEdit)
    opened.window.activateWindow()
    search.setFocus()
    qtbot.waitUntil(search.hasFocus)
    before = workspace.browser.current_key
    for letter in "bedat3":
        QTest.keyClick(opened.window.focusWidget(), letter)
    assert search.text() == "bedat3"
    assert workspace.browser.current_key == before


def test_problems_of_a_dataset_are_shown_in_place(program, sample_folder, qtbot):
    (sample_folder / "train_images" / "scene-002.png").write_bytes(b"no picture")
    (sample_folder / "val_segmentation" / "alone.png").write_bytes(
        (sample_folder / "val_segmentation" / "scene-001.png").read_bytes()
    )
    open_folder(program, sample_folder, qtbot)
    problems = program.workspace.browser._problems
    qtbot.waitUntil(lambda: problems._list.count() == 2)
    assert problems.isVisible()
    said = " ".join(problems._list.item(row).text() for row in range(2))
    assert "alone.png" in said
    assert "scene-002.png" in said
    program.workspace.browser.select("train/scene-002")
    qtbot.waitUntil(lambda: program.workspace.editing.current is not None)
    assert program.workspace.editing.current.image is None
    assert program.window.isVisible()


def test_the_window_closes_in_the_middle_of_loading(qtbot, sample_folder):
    """R26: neither "already deleted" nor a thread that outlives its object, at any moment."""
    application = QApplication.instance()
    for turn in range(100):
        program = Program(application)
        program.show(sample_folder)
        qtbot.wait(turn % 25)
        program.window.close()
        program.close()
        assert not program.jobs._running or all(job.isFinished() for job in program.jobs._running)


@pytest.mark.parametrize(
    "content", ["", "[window]\ngeometry=@ByteArray(\\x1)\ntheme=7\n", "\0\xff garbage [[[", "[[]]"]
)
def test_damaged_settings_do_not_stop_the_start(own_home, content, qtbot):
    """R28."""
    (own_home / "settings.ini").write_text(content, encoding="latin-1")
    program = Program(QApplication.instance())
    program.show(None)
    assert program.window.isVisible()
    program.window.close()
    program.close()


def test_a_home_that_cannot_be_written_to_does_not_stop_the_start(monkeypatch, tmp_path, qtbot):
    """R28."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "file" / "home"))
    program = Program(QApplication.instance())
    program.show(None)
    assert program.window.isVisible()
    program.window.close()
    program.close()


def test_settings_are_remembered(own_home, tmp_path):
    settings = Settings(open_settings())
    settings.theme = "dark"
    settings.remember(tmp_path)
    settings.store.sync()
    again = Settings(QSettings(str(own_home / "settings.ini"), QSettings.Format.IniFormat))
    assert again.theme == "dark"
    assert again.recent == [tmp_path]


def test_both_themes_can_be_read(opened, qtbot):
    """R29: text stands out from what it is written on, in both."""
    for scheme in ("light", "dark"):
        opened.window.theme_chosen.emit(scheme)
        opened.window.go_to(Place.LABEL)
        palette = opened.window.palette()
        for front, back in (
            (palette.windowText(), palette.window()),
            (palette.text(), palette.base()),
            (palette.highlightedText(), palette.highlight()),
            (palette.placeholderText(), palette.base()),
        ):
            assert contrast(front.color(), back.color()) >= 4.5


def contrast(one, other):
    """Return the contrast ratio of WCAG 2.1."""

    def luminance(colour):
        channels = np.array([colour.redF(), colour.greenF(), colour.blueF()])
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_mask_that_cannot_be_used_can_be_painted_anew_and_is_kept_beside(program, sample_folder, qtbot):
    broken = sample_folder / "train_segmentation" / "scene-002.png"
    broken.write_bytes(b"half a mask")
    open_folder(program, sample_folder, qtbot)
    editing, panel = program.workspace.editing, program.workspace.label.panel
    program.workspace.browser.select("train/scene-002")
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.sample.name == "scene-002")
    assert editing.current.document is None
    buttons = [button for button in program.window.findChildren(QPushButton) if button.text() == "Paint a new mask"]

    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert not panel.context.document.mask.any()
    panel.canvas.fit()
    drag(panel.canvas, panel.canvas.rect().center(), panel.canvas.rect().center() + QPoint(20, 0))

    assert editing.flush() == {}
    assert read_mask(broken).any()
    (kept,) = broken.parent.glob("scene-002.conflict-*.png")
    assert kept.read_bytes() == b"half a mask"
    assert kept.name in program.window.status.message
