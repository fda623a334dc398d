"""The classes: what is painted, what is seen, what is locked, and how much of each there is.

Keys: 1 to 9 and 0 choose the first ten classes of the list, Alt with them the next ten (Ctrl+1, 2 and 3 lead to the
places). In the list: F2 renames, Space shows or hides, Delete removes, Alt+Up and Alt+Down move; the menu key has it
all.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QColorDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.classes import ClassesError, ClassInfo, ClassList, free_name
from segstudio.dataset.statistics import DatasetCounts, painted_share
from segstudio.ui.actions import make_action
from segstudio.ui.icons import set_icon
from segstudio.ui.painter.class_delegate import RowPart
from segstudio.ui.painter.class_list import ClassListView
from segstudio.ui.painter.class_marks import ClassMarks
from segstudio.ui.painter.class_menus import CLASS_ACTIONS, PanelMenu, row_menu
from segstudio.ui.painter.class_notes import CoverageNote, OnlyNote
from segstudio.ui.painter.class_rows import ClassRows, class_rows
from segstudio.ui.painter.removal_dialog import RemovalDialog
from segstudio.ui.theme import SPACING, set_role

_HINT = (
    "Click: paint this class. Double-click or F2: rename. Drag: move. "
    "1 to 0 choose the first ten classes, Alt+1 to Alt+0 the next ten. Alt+click on an eye shows one class alone."
)


class ClassPanel(QFrame):
    """Lists the classes, and says what a person wants of them.

    Signals:
        class_chosen(int): paint this id.
        classes_edited(ClassList): the classes should be so.
        class_removal_requested(int, int): remove a class; its pixels become the second.
        removal_undo_requested(): the last removal should be undone.
        visibility_changed(frozenset[int]): these ids should not be drawn.
        locks_changed(frozenset[int] | None, frozenset[int]): the only ids to paint over, and those never to.
        edit_refused(str): why a change makes no sense.
    """

    class_chosen = Signal(int)
    classes_edited = Signal(object)
    class_removal_requested = Signal(int, int)
    removal_undo_requested = Signal()
    visibility_changed = Signal(object)
    locks_changed = Signal(object, object)
    edit_refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._classes = ClassList(())
        self._chosen = 0
        self._marks = ClassMarks()
        self._here: Mapping[int, int] | None = None
        self._overall: DatasetCounts | None = None
        self._dialog: RemovalDialog | None = None
        self._following = False
        self._new: int | None = None
        self._chosen_before_new = 0
        self._rows = ClassRows(self)
        self._rows.renamed.connect(self._on_renamed)
        self._list = ClassListView()
        self._list.setModel(self._rows)
        self._list.setAccessibleName("Classes")
        self._list.setAccessibleDescription(_HINT)
        self._list.setToolTip(_HINT)
        self._list.part_clicked.connect(self._on_part_clicked)
        self._list.row_moved.connect(lambda row, to: self._edit(lambda c: c.moved(c[row].id, to)))
        self._list.customContextMenuRequested.connect(self._on_menu_requested)
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)
        self._list.itemDelegate().closeEditor.connect(lambda _editor, hint: self._on_naming_ended(hint))
        self._build_actions()
        self._menu = PanelMenu(self)
        self._menu.blank_chosen.connect(self._on_blank_chosen)
        self._menu.all_shown.connect(lambda: self._mark(self._marks.with_all_shown()))
        self._menu.all_unlocked.connect(lambda: self._mark(self._marks.without_locks()))
        self._menu.undo_requested.connect(self.removal_undo_requested)
        self._only_note = OnlyNote()
        self._only_note.cleared.connect(lambda: self._mark(self._marks.with_any_painted_over()))
        self._coverage_note = CoverageNote()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.setSpacing(SPACING)
        layout.addLayout(self._build_heading())
        layout.addWidget(self._list, 1)
        layout.addWidget(self._only_note)
        layout.addWidget(self._coverage_note)
        layout.addLayout(self._build_buttons())
        self.setMinimumWidth(220)
        self._show_rows()

    @property
    def chosen(self) -> int:
        """The id of the class that is painted."""
        return self._chosen

    @property
    def hidden(self) -> frozenset[int]:
        """The ids that are not to be drawn."""
        return self._marks.hidden

    @property
    def only(self) -> frozenset[int] | None:
        """The only ids that may be painted over; None for any."""
        return self._marks.only

    @property
    def protected(self) -> frozenset[int]:
        """The ids that may not be painted over."""
        return self._marks.protected

    def set_classes(self, classes: ClassList) -> None:
        """Show another list of classes; the chosen one stays if it is still there."""
        if classes == self._classes:
            return
        before, self._classes = self._classes, classes
        ids = classes.ids
        another = not before.ids or self._chosen not in ids
        if another:
            # Class 0 is nearly always background; nobody opens a picture to paint that.
            self._chosen = next((i for i in ids if i not in (0, classes.blank)), ids[0])
        self._mark(self._marks.fitted(before, classes))
        self._menu.set_classes(classes)
        if another:
            self.class_chosen.emit(self._chosen)

    def start_anew(self) -> None:
        """Forget what is hidden, locked and chosen: another dataset comes."""
        self._classes = ClassList(())
        self._chosen = 0
        self._overall = None
        self._mark(ClassMarks())

    def set_image_counts(self, counts: Mapping[int, int] | None) -> None:
        """Show how many pixels each id has on the canvas; None where there is no picture."""
        self._here = counts
        self._show_rows()

    def set_dataset_counts(self, counts: DatasetCounts | None) -> None:
        """Show the shares of the whole dataset."""
        self._overall = counts
        self._show_rows()

    def set_undoable(self, title: str | None) -> None:
        """Offer to undo the last removal; None for none."""
        self._menu.set_undoable(title)

    def show_class(self, class_id: int) -> None:
        """Draw a class that is hidden."""
        if class_id in self._marks.hidden:
            self._mark(self._marks.with_shown_or_hidden(class_id))

    def choose_position(self, position: int) -> None:
        """Choose the class at this place of the list; nothing happens if there is none."""
        if 0 <= position < len(self._classes):
            self._list.setCurrentIndex(self._rows.index(position))

    def _build_actions(self) -> None:
        self._actions: dict[str, QAction] = {}
        for name, slot in (
            ("add_class", self._on_add),
            ("remove_class", self._on_remove),
            ("class_up", lambda: self._edit(lambda c: c.moved(self._chosen, self._position - 1))),
            ("class_down", lambda: self._edit(lambda c: c.moved(self._chosen, self._position + 1))),
            ("rename_class", lambda: self._list.edit(self._list.currentIndex())),
            ("recolour_class", self._on_recolour),
            ("show_class", lambda: self._mark(self._marks.with_shown_or_hidden(self._chosen))),
            ("solo_class", lambda: self._mark(self._marks.with_solo(self._chosen, self._classes.ids))),
            ("protect_class", lambda: self._mark(self._marks.with_protection(self._chosen))),
            ("only_class", lambda: self._mark(self._marks.with_only(self._chosen))),
        ):
            # Only while the list has the focus: Delete and Space mean other things on the canvas.
            action = make_action(self._list, CLASS_ACTIONS[name], slot, context=Qt.ShortcutContext.WidgetShortcut)
            self._list.addAction(action)
            self._actions[name] = action

    def _build_heading(self) -> QHBoxLayout:
        heading = QLabel("Classes")
        set_role(heading, "heading")
        more = QToolButton()
        set_icon(more, "more")
        more.setIconSize(QSize(18, 18))
        more.setToolTip("What new masks start as, and more")
        more.setAccessibleName("More about classes")
        more.setMenu(self._menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        row = QHBoxLayout()
        row.addWidget(heading, 1)
        row.addWidget(more)
        return row

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACING // 2)
        for name in ("add_class", "remove_class", "class_up", "class_down"):
            button = QToolButton()
            button.setDefaultAction(self._actions[name])
            button.setIconSize(QSize(18, 18))
            button.setAccessibleName(self._actions[name].text().replace("&", "").rstrip(" …"))
            if name == "add_class":
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            row.addWidget(button)
            if name == "add_class":
                row.addStretch(1)
        return row

    @property
    def _position(self) -> int:
        return self._classes.ids.index(self._chosen)

    @property
    def _entry(self) -> ClassInfo | None:
        return self._classes.find(self._chosen)

    def _mark(self, marks: ClassMarks) -> None:
        before, self._marks = self._marks, marks
        self._show_rows()
        if marks.hidden != before.hidden:
            self.visibility_changed.emit(marks.hidden)
        if (marks.only, marks.protected) != (before.only, before.protected):
            self.locks_changed.emit(marks.only, marks.protected)

    def _show_rows(self) -> None:
        self._rows.set_rows(class_rows(self._classes, self._marks, self._here, self._overall))
        self._select_chosen()
        there = bool(self._classes.ids)
        for name, possible in (
            ("remove_class", len(self._classes) > 1),
            ("class_up", there and self._classes[0].id != self._chosen),
            ("class_down", there and self._classes[-1].id != self._chosen),
        ):
            self._actions[name].setEnabled(possible)
        self._only_note.set_names([entry.name for entry in self._classes if self.only and entry.id in self.only])
        here, unpainted = self._here, self._classes.unpainted
        self._coverage_note.set_share(None if here is None or unpainted is None else painted_share(here, unpainted))
        if self._dialog is not None:
            self._dialog.set_counts(self._overall, (self._here or {}).get(self._dialog.class_id, 0))

    def _select_chosen(self) -> None:
        if self._chosen in self._classes.ids and self._list.currentIndex().row() != self._position:
            self._following = True
            self._list.setCurrentIndex(self._rows.index(self._position))
            self._following = False

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._following:
            self._chosen = self._classes[current.row()].id
            self._show_rows()
            self.class_chosen.emit(self._chosen)

    def _on_part_clicked(self, row: int, part: RowPart, alt: bool) -> None:  # noqa: FBT001 - a Qt slot
        class_id = self._classes[row].id
        match part:
            case RowPart.EYE if alt:
                self._mark(self._marks.with_solo(class_id, self._classes.ids))
            case RowPart.EYE:
                self._mark(self._marks.with_shown_or_hidden(class_id))
            case RowPart.PADLOCK:
                self._mark(self._marks.with_protection(class_id))
            case RowPart.SWATCH:
                self.choose_position(row)
                self._on_recolour()

    def _on_menu_requested(self, at: QPoint) -> None:
        index = self._list.indexAt(at)
        if index.isValid():
            self._list.setCurrentIndex(index)
        entry = self._entry
        if entry is not None:
            menu = row_menu(self, self._actions, is_only=self._chosen in (self.only or ()))
            menu.popup(self._list.viewport().mapToGlobal(at))

    def _on_renamed(self, class_id: int, name: str) -> None:
        entry = self._classes.find(class_id)
        if entry is not None:
            self._edit(lambda c: c.replaced(replace(entry, name=name)))

    def _on_recolour(self) -> None:
        entry = self._entry
        if entry is None:
            return
        dialog = QColorDialog(QColor(*entry.colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(f"Colour of {entry.name}")
        dialog.colorSelected.connect(lambda colour: self._on_colour_selected(entry, colour))
        dialog.open()

    def _on_colour_selected(self, entry: ClassInfo, colour: QColor) -> None:
        rgb = (colour.red(), colour.green(), colour.blue())
        self._edit(lambda c: c.replaced(replace(entry, colour=rgb)))

    def _on_add(self) -> None:
        before = set(self._classes.ids)
        self._edit(lambda c: c.with_new(free_name(f"class {len(c)}", c)))
        # Whoever owns the classes has set them by now; the new one is named next.
        new = [position for position, entry in enumerate(self._classes) if entry.id not in before]
        if new:
            self._chosen_before_new = self._chosen
            self.choose_position(new[0])
            self._new = self._classes[new[0]].id
            self._list.edit(self._rows.index(new[0]))

    def _on_naming_ended(self, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Take back a class that was just added where its naming was broken off by Escape."""
        new, self._new = self._new, None
        if new is None or hint is not QAbstractItemDelegate.EndEditHint.RevertModelCache:
            return
        self._edit(lambda c: c.removed(new, self._chosen_before_new))
        if self._chosen_before_new in self._classes.ids:
            self.choose_position(self._classes.ids.index(self._chosen_before_new))

    def _on_remove(self) -> None:
        entry = self._entry
        if entry is None or len(self._classes) < 2:
            return
        others = [other.id for other in self._classes if other.id != entry.id]
        try:
            self._classes.removed(entry.id, others[0])
        except ClassesError as error:
            self.edit_refused.emit(str(error))
            return
        self._dialog = RemovalDialog(self._classes, entry, self)
        self._dialog.confirmed.connect(self.class_removal_requested)
        self._dialog.finished.connect(self._on_dialog_finished)
        self._show_rows()
        self._dialog.open()

    def _on_dialog_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _on_blank_chosen(self, unpainted: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._edit(lambda c: c.starting_unpainted() if unpainted else c.starting_as_class())

    def _edit(self, change: Callable[[ClassList], ClassList]) -> None:
        try:
            classes = change(self._classes)
        except ClassesError as error:
            self.edit_refused.emit(str(error))
            return
        if classes != self._classes:
            self.classes_edited.emit(classes)
