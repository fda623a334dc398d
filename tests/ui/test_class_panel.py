"""The class panel, by mouse and keys: what a person does there, and what it says of it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QColorDialog, QLineEdit, QMenu, QToolButton

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.statistics import DatasetCounts
from segstudio.ui.painter.class_delegate import row_parts
from segstudio.ui.painter.class_marks import ClassMarks
from segstudio.ui.painter.class_panel import ClassPanel
from segstudio.ui.painter.class_rows import ROW_ROLE, class_rows, percent

CLASSES = ClassList(
    tuple(ClassInfo(i, name, (40 * i, 90, 200 - 40 * i)) for i, name in enumerate(("ground", "road", "house", "tree")))
)
COUNTS = DatasetCounts({0: 700, 1: 200, 3: 100}, {0: 5, 1: 4, 3: 1}, counted=5, unreadable=0, total=5)


@pytest.fixture
def panel(qtbot):
    """Return the panel, owned by somebody who does what it asks for."""
    made = ClassPanel()
    qtbot.addWidget(made)
    made.resize(248, 600)
    made.classes_edited.connect(made.set_classes)
    made.set_classes(CLASSES)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def heard(signal):
    """Return a list that fills with what a signal says."""
    said = []
    signal.connect(lambda *words: said.append(words[0] if len(words) == 1 else words))
    return said


def names(panel):
    return [panel._rows.index(row).data() for row in range(panel._rows.rowCount())]


def row(panel, position):
    return panel._rows.index(position).data(ROW_ROLE)


def spot(panel, position, part="text"):
    """Return the middle of a part of a row, in the list's viewport."""
    rect = panel._list.visualRect(panel._rows.index(position))
    return getattr(row_parts(rect), part).center()


def click(panel, position, part="text", modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.mouseClick(panel._list.viewport(), Qt.MouseButton.LeftButton, modifiers, spot(panel, position, part))


def key(panel, code, modifiers=Qt.KeyboardModifier.NoModifier):
    panel._list.setFocus()
    QTest.keyClick(panel._list, code, modifiers)


def editor(panel):
    return panel._list.findChild(QLineEdit)


def test_the_first_class_that_is_not_background_is_chosen_and_a_click_chooses_another(panel):
    assert panel.chosen == 1
    chosen = heard(panel.class_chosen)
    click(panel, 3)
    key(panel, Qt.Key.Key_Up)
    assert chosen == [3, 2]
    assert panel.chosen == 2


def test_the_chosen_class_stays_chosen_when_the_list_changes(panel):
    click(panel, 3)
    panel.set_classes(CLASSES.moved(3, 0))
    assert panel.chosen == 3
    assert panel._list.currentIndex().row() == 0
    chosen = heard(panel.class_chosen)
    panel.set_classes(CLASSES.removed(1, 0))
    assert (panel.chosen, chosen) == (3, [])
    panel.set_classes(CLASSES.removed(3, 0))
    assert (panel.chosen, chosen) == (1, [1])


def test_rows_show_their_keys_alt_for_the_second_ten():
    many = ClassList(tuple(ClassInfo(i, f"n{i}", (1, 2, 3)) for i in range(25)))
    keys = [made.key for made in class_rows(many, ClassMarks(), None, None)]
    assert keys[:11] == [*"1234567890", "Alt+1"]
    assert keys[19] == "Alt+0"
    assert keys[20:] == [""] * 5


def test_rows_show_the_shares_of_the_picture_and_of_the_dataset(panel):
    assert row(panel, 0).shares == ""
    panel.set_image_counts({0: 50, 3: 150})
    panel.set_dataset_counts(COUNTS)
    assert row(panel, 0).shares == "25 % here · 70 % of all"
    assert row(panel, 2).shares == "0 % here · 0 % of all"
    assert "in one mask" in row(panel, 3).description
    shares = (0, 0.0004, 0.0006, 0.0994, 0.0996, 0.994, 0.9999, 1)
    written = ["0 %", "< 0.1 %", "0.1 %", "9.9 %", "10 %", "99 %", "> 99 %", "100 %"]
    assert [percent(share) for share in shares] == written
    panel.set_image_counts(None)
    assert row(panel, 0).shares == "70 % of all"


def test_an_eye_hides_a_class_and_shows_it_again(panel):
    hidden = heard(panel.visibility_changed)
    click(panel, 2, "eye")
    assert row(panel, 2).hidden
    click(panel, 2, "eye")
    assert hidden == [{2}, frozenset()]
    assert panel.chosen == 1


def test_two_quick_clicks_on_an_eye_are_two_clicks(panel):
    hidden = heard(panel.visibility_changed)
    at = spot(panel, 2, "eye")
    viewport = panel._list.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at)
    assert hidden == [{2}, frozenset()]
    assert editor(panel) is None


def test_alt_click_on_an_eye_shows_a_class_alone_and_then_all_as_before(panel):
    click(panel, 0, "eye")
    hidden = heard(panel.visibility_changed)
    alt = Qt.KeyboardModifier.AltModifier
    click(panel, 2, "eye", alt)
    click(panel, 3, "eye", alt)
    click(panel, 3, "eye", alt)
    assert hidden == [{0, 1, 3}, {0, 1, 2}, {0}]


def test_space_shows_and_hides_the_chosen_class_and_with_shift_it_is_shown_alone(panel):
    hidden = heard(panel.visibility_changed)
    key(panel, Qt.Key.Key_Space)
    key(panel, Qt.Key.Key_Space)
    key(panel, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert hidden == [{1}, frozenset(), {0, 2, 3}]


def test_a_padlock_protects_a_class(panel):
    locks = heard(panel.locks_changed)
    click(panel, 2, "padlock")
    assert panel.protected == {2}
    assert row(panel, 2).locked
    assert not row(panel, 1).locked
    click(panel, 2, "padlock")
    assert locks == [(None, {2}), (None, frozenset())]


def open_row_menu(panel, position):
    at = spot(panel, position)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, panel._list.viewport().mapToGlobal(at))
    QApplication.sendEvent(panel._list.viewport(), event)
    (menu,) = [menu for menu in panel.findChildren(QMenu) if menu.isVisible()]
    return menu


def test_paint_only_over_a_class_is_in_its_menu_and_is_said_until_it_is_cleared(panel, qtbot):
    locks = heard(panel.locks_changed)
    QTest.keyClick(open_row_menu(panel, 2), Qt.Key.Key_O)
    assert panel.only == {2}
    assert [row(panel, position).locked for position in range(4)] == [True, True, False, True]
    qtbot.waitUntil(lambda: not any(menu.isVisible() for menu in panel.findChildren(QMenu)))
    QTest.keyClick(open_row_menu(panel, 3), Qt.Key.Key_O)
    assert panel._only_note.isVisible()
    assert panel._only_note.text == "Painting only over “house” and “tree”"
    QTest.mouseClick(panel._only_note.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not panel._only_note.isVisible()
    assert locks == [({2}, frozenset()), ({2, 3}, frozenset()), (None, frozenset())]


def test_what_is_hidden_and_locked_goes_with_its_class(panel):
    for part in ("eye", "padlock"):
        click(panel, 2, part)
    panel._mark(panel._marks.with_only(2))
    hidden, locks = heard(panel.visibility_changed), heard(panel.locks_changed)
    panel.set_classes(CLASSES.removed(2, 0))
    assert hidden == [frozenset()]
    assert locks == [(None, frozenset())]


def test_another_dataset_starts_with_nothing_hidden_or_locked(panel):
    for part in ("eye", "padlock"):
        click(panel, 3, part)
    click(panel, 3)
    panel.start_anew()
    panel.set_classes(CLASSES)
    assert (panel.hidden, panel.protected, panel.only, panel.chosen) == (frozenset(), frozenset(), None, 1)


@pytest.mark.parametrize("way", ["double click", "F2"])
def test_a_class_is_renamed_in_place(panel, way, qtbot):
    click(panel, 2)
    if way == "F2":
        key(panel, Qt.Key.Key_F2)
    else:
        QTest.mouseDClick(panel._list.viewport(), Qt.MouseButton.LeftButton, pos=spot(panel, 2))
    QTest.keyClicks(editor(panel), "villa")
    QTest.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel) == ["ground", "road", "villa", "tree"])
    assert panel._classes.find(2).colour == CLASSES.find(2).colour


def test_counting_does_not_disturb_who_is_typing_a_name(panel):
    click(panel, 2)
    key(panel, Qt.Key.Key_F2)
    QTest.keyClicks(editor(panel), "vil")
    panel.set_dataset_counts(COUNTS)
    panel.set_image_counts({2: 5})
    assert editor(panel).text() == "vil"
    QTest.keyClick(editor(panel), Qt.Key.Key_Escape)
    assert names(panel)[2] == "house"


@pytest.mark.parametrize(("typed", "said"), [("road", "Two classes"), ("", "has no name")])
def test_a_name_that_makes_no_sense_is_refused_and_the_old_one_stays(panel, typed, said, qtbot):
    refused = heard(panel.edit_refused)
    click(panel, 2)
    key(panel, Qt.Key.Key_F2)
    QTest.keyClick(editor(panel), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(editor(panel), Qt.Key.Key_Delete)
    QTest.keyClicks(editor(panel), typed)
    QTest.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(refused) == 1)
    assert said in refused[0]
    assert names(panel)[2] == "house"


def test_a_click_on_the_swatch_changes_the_colour(panel, qtbot):
    click(panel, 3, "swatch")
    dialog = panel.findChild(QColorDialog)
    dialog.setCurrentColor(Qt.GlobalColor.red)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert panel._classes.find(3).colour == (255, 0, 0)
    assert panel.chosen == 3
    qtbot.waitUntil(lambda: panel.findChild(QColorDialog) is None)


def test_a_new_class_is_named_at_once(panel, qtbot):
    button = next(b for b in panel.findChildren(QToolButton) if b.accessibleName() == "Add class")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.chosen == 4
    QTest.keyClicks(editor(panel), "pond")
    QTest.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel) == ["ground", "road", "house", "tree", "pond"])


@pytest.mark.parametrize(
    ("start", "end", "order"),
    [(0, 2, [1, 2, 0, 3]), (3, 0, [3, 0, 1, 2]), (1, 3, [0, 2, 3, 1]), (2, 2, [0, 1, 2, 3])],
)
def test_a_row_is_dragged_to_another_place(panel, start, end, order):
    viewport = panel._list.viewport()
    # Past the middle of the row that is dropped on, in the direction of the drag.
    target = spot(panel, end) + QPoint(0, 5 if end > start else -5)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=spot(panel, start))
    QTest.mouseMove(viewport, spot(panel, start) + QPoint(0, 12))
    QTest.mouseMove(viewport, target)
    assert panel._list._gap is not None
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=target)
    assert list(panel._classes.ids) == order
    assert panel._list._gap is None
    assert panel.chosen == start


def test_escape_drops_a_drag(panel):
    viewport = panel._list.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=spot(panel, 0))
    QTest.mouseMove(viewport, spot(panel, 2))
    QTest.keyClick(panel._list, Qt.Key.Key_Escape)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=spot(panel, 2))
    assert panel._classes == CLASSES


def test_keys_and_buttons_move_the_chosen_class(panel):
    click(panel, 1)
    key(panel, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert panel._classes.ids == (0, 2, 1, 3)
    up = next(b for b in panel.findChildren(QToolButton) if b.accessibleName() == "Move up")
    QTest.mouseClick(up, Qt.MouseButton.LeftButton)
    QTest.mouseClick(up, Qt.MouseButton.LeftButton)
    assert panel._classes.ids == (1, 0, 2, 3)
    assert not up.isEnabled()


def test_delete_asks_what_the_pixels_become_and_says_how_many_there_are(panel):
    asked = heard(panel.class_removal_requested)
    click(panel, 1)
    key(panel, Qt.Key.Key_Delete)
    assert "still being counted" in panel._dialog.concerned
    panel.set_dataset_counts(COUNTS)
    assert panel._dialog.concerned == "200 pixels in 4 masks are of this class."
    choice = panel._dialog.replacement_choice
    assert [choice.itemData(i) for i in range(choice.count())] == [0, 2, 3]
    assert choice.currentData() == 0
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    QTest.mouseClick(panel._dialog.remove_button, Qt.MouseButton.LeftButton)
    assert asked == [(1, 2)]
    assert panel._dialog is None
    assert panel._classes == CLASSES  # whoever rewrites the masks says when it is so


def test_escape_removes_nothing(panel):
    asked = heard(panel.class_removal_requested)
    key(panel, Qt.Key.Key_Delete)
    QTest.keyClick(panel._dialog, Qt.Key.Key_Escape)
    assert asked == []
    assert panel._dialog is None


def test_where_no_mask_holds_a_class_nothing_is_asked_about_its_pixels(panel):
    panel.set_dataset_counts(COUNTS)
    panel.set_image_counts({0: 10})
    click(panel, 2)
    key(panel, Qt.Key.Key_Delete)
    assert panel._dialog.concerned == "No mask holds this class."
    assert not panel._dialog.replacement_choice.isEnabled()
    panel.set_image_counts({0: 5, 2: 5})
    assert panel._dialog.concerned == "5 pixels of this picture are of this class."
    assert panel._dialog.replacement_choice.isEnabled()
    panel._dialog.reject()


def test_the_last_class_that_counts_is_not_removed(panel):
    void = ClassInfo(9, "void", (9, 9, 9), ignored=True)
    panel.set_classes(ClassList((CLASSES[0], void)))
    refused = heard(panel.edit_refused)
    click(panel, 0)
    key(panel, Qt.Key.Key_Delete)
    assert panel._dialog is None
    assert "At least one" in refused[0]


def test_new_masks_start_as_unpainted_by_choice_and_coverage_is_shown_then(panel):
    panel.set_image_counts({0: 60, 1: 40})
    assert not panel._coverage_note.isVisible()
    hidden = heard(panel.visibility_changed)
    panel._menu.as_unpainted.trigger()
    assert panel._classes.unpainted == 255
    assert names(panel)[-1] == "unpainted"
    assert hidden == [{255}]
    panel.set_image_counts({255: 66, 1: 34})
    assert panel._coverage_note.isVisible()
    assert panel._coverage_note.text == "34 % of this picture is painted"
    assert panel._menu.as_unpainted.isChecked()
    panel._menu.as_class.trigger()
    assert panel._classes.blank == 0
    assert not panel._coverage_note.isVisible()
    assert panel._menu.as_class.text() == "Class 0, ground"


def test_the_menu_shows_unlocks_and_undoes(panel):
    click(panel, 2, "eye")
    click(panel, 2, "padlock")
    for action in panel._menu.actions():
        if "all classes" in action.text():
            action.trigger()
    assert (panel.hidden, panel.protected) == (frozenset(), frozenset())
    undone = heard(panel.removal_undo_requested)
    assert not panel._menu.undo.isEnabled()
    panel.set_undoable("Remove class “x”")
    assert "Remove class “x”" in panel._menu.undo.text()
    panel._menu.undo.trigger()
    assert len(undone) == 1


def test_everything_can_be_reached_by_keyboard_and_has_a_name(panel):
    buttons = [b for b in panel.findChildren(QToolButton) if b.isVisible()]
    assert len(buttons) == 5
    for widget in (*buttons, panel._list):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
        assert widget.accessibleName()
    assert "Key 2" in panel._rows.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    in_menu = {action.text() for action in open_row_menu(panel, 1).actions() if action.text()}
    assert len(in_menu) == 9


@pytest.mark.parametrize("count", [3, 12, 40])
def test_no_part_of_a_row_lies_upon_another_and_names_have_room(panel, count):
    classes = ClassList(tuple(ClassInfo(i, f"class {i}", (1, 2, 3)) for i in range(count)))
    panel.resize(panel.minimumWidth(), 500)
    panel.set_classes(classes.starting_unpainted())
    QApplication.processEvents()
    for position in range(count):
        rect = panel._list.visualRect(panel._rows.index(position))
        parts = row_parts(rect)
        edges = [
            part
            for one in (parts.eye, parts.swatch, parts.text, parts.key, parts.padlock)
            for part in (one.left(), one.right())
        ]
        assert edges == sorted(edges)
        assert parts.text.width() >= 70
        assert rect.contains(parts.padlock)
        assert rect.width() <= panel._list.viewport().width()


def test_a_new_class_whose_naming_is_broken_off_is_taken_back(panel, qtbot):
    panel.classes_edited.connect(panel.set_classes)
    click(panel, 2)
    before = names(panel)

    panel._actions["add_class"].trigger()
    QTest.keyClick(editor(panel), Qt.Key.Key_Escape)
    assert names(panel) == before
    assert panel.chosen == 2
    qtbot.waitUntil(lambda: editor(panel) is None)

    panel._actions["add_class"].trigger()
    QTest.keyClicks(editor(panel), "lake")
    QTest.keyClick(editor(panel), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel) == [*before, "lake"])
    qtbot.waitUntil(lambda: editor(panel) is None)
    key(panel, Qt.Key.Key_F2)
    QTest.keyClick(editor(panel), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: editor(panel) is None)
    assert names(panel) == [*before, "lake"], "only a class that is new goes with its naming"
