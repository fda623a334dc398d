"""Every key can be changed, no key does two things, and what was chosen is still there at the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest

from segstudio.ui.cheat_sheet import CheatSheet
from segstudio.ui.rail import Place
from segstudio.ui.shortcuts import ShortcutClashError, Shortcuts


@pytest.fixture
def sheet(opened, qtbot):
    opened.window.go_to(Place.REVIEW)
    opened.window.go_to(Place.LABEL)
    made = CheatSheet(opened.window.all_actions(), opened.window.shortcuts, opened.window)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def action(program, name):
    return next(found for found in program.window.all_actions() if found.objectName() == name)


def rebind(sheet, name, keys):
    sheet.choose(name)
    sheet._keys.setKeySequence(QKeySequence(keys))
    QTest.mouseClick(sheet._set, Qt.MouseButton.LeftButton)


def test_no_two_actions_share_a_key_as_they_come(opened, sheet):
    actions = opened.window.all_actions()
    for one in actions:
        for keys in one.shortcuts():
            opened.window.shortcuts.bind(one, keys, actions)


def test_a_changed_key_works_and_is_remembered(opened, sheet, qtbot):
    rebind(sheet, "lasso", "Y")
    sheet.close()
    canvas = opened.workspace.label.panel.canvas
    opened.window.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert opened.workspace.label.panel.tool == "brush"
    QTest.keyClick(canvas, Qt.Key.Key_Y)
    assert opened.workspace.label.panel.tool == "lasso"
    assert "(Y)" in action(opened, "lasso").toolTip()
    again = QAction("&Lasso")
    again.setObjectName("lasso")
    again.setShortcut("L")
    Shortcuts(opened.settings.store).apply([again])
    assert again.shortcut() == QKeySequence("Y")


def test_a_key_that_is_taken_is_refused_with_the_reason(opened, sheet):
    rebind(sheet, "lasso", "B")
    assert "Brush" in sheet._said.text()
    assert action(opened, "lasso").shortcut() == QKeySequence("L")
    rebind(sheet, "lasso", "Ctrl+O")
    assert "Open dataset" in sheet._said.text()


def test_pages_that_are_never_seen_together_may_share_a_key(opened, sheet):
    assert action(opened, "fit").shortcut() == action(opened, "review_fit").shortcut()
    rebind(sheet, "review_fit", "B")
    assert sheet._said.text() == ""
    with pytest.raises(ShortcutClashError):
        opened.window.shortcuts.bind(action(opened, "quit"), QKeySequence("F"), opened.window.all_actions())


def test_a_key_can_be_taken_away_and_restored(opened, sheet):
    rebind(sheet, "redo", "")
    assert action(opened, "redo").shortcuts() == []
    QTest.mouseClick(sheet._restore, Qt.MouseButton.LeftButton)
    assert [keys.toString() for keys in action(opened, "redo").shortcuts()] == ["Ctrl+Shift+Z", "Ctrl+Y"]
    assert not opened.window.shortcuts.is_changed(action(opened, "redo"))


def test_a_damaged_binding_counts_as_absent(opened):
    """R28."""
    opened.settings.store.setValue("shortcuts/lasso", ["not", "a", "text"])
    again = QAction("&Lasso")
    again.setObjectName("lasso")
    again.setShortcut("L")
    Shortcuts(opened.settings.store).apply([again])
    assert again.shortcut() == QKeySequence("L")


def test_the_sheet_lists_every_action_and_finds_what_is_searched(opened, sheet):
    listed = {row.text(0) for row in sheet._rows()}
    assert {"Brush", "Undo", "Open dataset", "Magic wand", "Zoom at the cursor"} <= listed
    sheet._search.setText("wand")
    assert [row.text(0) for row in sheet._rows() if not row.isHidden()] == ["Magic wand"]
