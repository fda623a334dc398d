"""Contact sheets in the window: leafed through, drawn in the background, saved as the command line saves them."""

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLineEdit

from segstudio.dataset.contact_sheet import SheetPlan
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.ui.sheets.dialog import SheetsDialog
from tests.ui.conftest import open_folder

PATIENCE = 20_000


@pytest.fixture
def sheets(program, tmp_path, qtbot):
    """Return the dialog on 30 pictures: two sheets."""
    folder = tmp_path / "scenes"
    make_sample_dataset(folder, train=26, val=3, test=1, size=(48, 64))
    open_folder(program, folder, qtbot)
    program.window.findChild(QAction, "sheets").trigger()
    (dialog,) = program.window.findChildren(SheetsDialog)
    wait_for_sheet(dialog, qtbot)
    yield dialog
    dialog.close()


def wait_for_sheet(dialog, qtbot):
    qtbot.waitUntil(lambda: dialog._drawing is None and not dialog.view.size_shown.isEmpty(), timeout=PATIENCE)


def test_the_view_menu_shows_the_first_sheet_and_the_buttons_leaf(sheets, qtbot):
    assert sheets.place == "Sheet 1 of 2"
    assert not sheets.previous_button.isEnabled()
    first = sheets.view._sheet.copy()
    sheets.next_button.click()
    wait_for_sheet(sheets, qtbot)
    assert sheets.place == "Sheet 2 of 2"
    assert sheets.view._sheet != first
    assert not sheets.next_button.isEnabled()
    sheets.previous_button.click()
    wait_for_sheet(sheets, qtbot)
    assert sheets.view._sheet == first


def test_one_split_and_fewer_pictures_make_fewer_sheets(sheets, qtbot):
    sheets.pictures.setCurrentIndex(sheets.pictures.findData("val"))
    assert [sample.split for sample in sheets.plan.all()] == ["val"] * 3
    sheets.pictures.setCurrentIndex(sheets.pictures.findData("all"))
    sheets.count.setValue(3)
    assert [sample.key for sample in sheets.plan.all()] == ["train/scene-001", "train/scene-011", "train/scene-021"]
    wait_for_sheet(sheets, qtbot)
    assert sheets.place == "Sheet 1 of 1"


def test_what_the_browser_shows_is_what_stands_on_the_sheets(program, sheets, qtbot):
    program.workspace.browser.findChild(QLineEdit).setText("scene-002")
    dialog = program.show_sheets()
    assert dialog.pictures.currentData() == "shown"
    assert [sample.key for sample in dialog.plan.all()] == ["train/scene-002", "val/scene-002"]
    wait_for_sheet(dialog, qtbot)
    dialog.close()


def test_saved_sheets_are_those_that_are_shown_and_never_become_pictures_of_the_dataset(sheets, qtbot, monkeypatch):
    root = sheets._dataset.root
    shown = sheets.view._sheet
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: str(root))
    sheets.save_button.click()
    qtbot.waitUntil(lambda: "2 sheets are in" in sheets.said, timeout=PATIENCE)
    written = [root / "contact-sheets" / f"all-00{number}.png" for number in (1, 2)]
    pixels = read_image(written[0])
    assert pixels.shape == (shown.height(), shown.width(), 3)
    assert tuple(pixels[60, 60]) == shown.pixelColor(60, 60).getRgb()[:3]
    assert read_image(written[1]).size > 0
    assert len(open_dataset(root)) == 30


def test_what_cannot_be_written_is_said(sheets, tmp_path, qtbot):
    (tmp_path / "file").write_text("")
    sheets.save(tmp_path / "file" / "below")
    qtbot.waitUntil(lambda: "file" in sheets.said, timeout=PATIENCE)
    assert "could not be written" in sheets.said
    assert sheets.save_button.isEnabled()


def test_saving_can_be_stopped(sheets, tmp_path, qtbot):
    sheets.save(tmp_path / "out")
    assert not sheets.save_button.isEnabled()
    sheets.stop_button.click()
    qtbot.waitUntil(lambda: sheets.save_button.isEnabled(), timeout=PATIENCE)
    assert "Stopped" in sheets.said or "2 sheets" in sheets.said


def test_closing_it_while_it_draws_leaves_nothing_behind(opened, qtbot):
    """R26."""
    for turn in range(10):
        dialog = opened.show_sheets()
        qtbot.wait(turn)
        dialog.close()
    qtbot.waitUntil(lambda: not opened.window.findChildren(SheetsDialog), timeout=PATIENCE)


def test_a_plan_spreads_evenly_and_makes_no_sample_that_is_not_asked_for():
    class Counting(list):
        asked = 0

        def __getitem__(self, position):
            Counting.asked += 1
            return super().__getitem__(position)

    plan = SheetPlan(Counting(range(100_000)), 100)
    assert plan.sheets == 5
    assert plan.on_sheet(4) == [96_000, 97_000, 98_000, 99_000]
    assert Counting.asked == 4
    assert np.diff(list(plan.all())).tolist() == [1000] * 99
