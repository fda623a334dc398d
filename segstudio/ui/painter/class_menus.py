"""The menus of the class panel."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.ui.actions import ActionSpec

CLASS_ACTIONS = {
    spec.name: spec
    for spec in (
        ActionSpec("add_class", "&Add class", "add", (), "Add a class to this dataset"),
        ActionSpec("remove_class", "Re&move class …", "remove", ("Del",), "Remove this class from all masks"),
        ActionSpec("class_up", "Move &up", "up", ("Alt+Up",), "Move this class up the list"),
        ActionSpec("class_down", "Move &down", "down", ("Alt+Down",), "Move this class down the list"),
        ActionSpec("rename_class", "&Rename", "", ("F2",), "Give this class another name"),
        ActionSpec("recolour_class", "&Colour …", "", (), "Give this class another colour"),
        ActionSpec("show_class", "&Show or hide", "eye", ("Space",), "Show or hide this class on the canvas"),
        ActionSpec("solo_class", "Show a&lone", "", ("Shift+Space",), "Show this class alone, or all as before"),
        ActionSpec("protect_class", "&Protect", "lock", (), "Let nothing paint over this class, or let it again"),
        ActionSpec("only_class", "Paint &only over this class", "", (), "Paint over no other class"),
    )
}
"""What can be done with one class, by name."""

_ROW_MENU = (
    "rename_class recolour_class - show_class solo_class - protect_class only_class - class_up class_down - "
    "remove_class"
)


class PanelMenu(QMenu):
    """What concerns all classes.

    Signals:
        blank_chosen(bool): new masks should start as unpainted (True), or as a class.
        all_shown(), all_unlocked(): every class should be.
        undo_requested(): the last removal should be undone.
    """

    blank_chosen = Signal(bool)
    all_shown = Signal()
    all_unlocked = Signal()
    undo_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.addAction("New masks start as").setEnabled(False)
        group = QActionGroup(self)
        self.as_class = self._choice(group, "Every pixel is of this class until it is painted")
        self.as_unpainted = self._choice(group, "Pixels that nobody painted are neither trained on nor measured with")
        self.as_unpainted.setText("Unpainted, which does not count")
        self.as_class.triggered.connect(lambda: self.blank_chosen.emit(False))
        self.as_unpainted.triggered.connect(lambda: self.blank_chosen.emit(True))
        self.addSeparator()
        self.addAction("&Show all classes", self.all_shown.emit)
        self.addAction("&Unlock all classes", self.all_unlocked.emit)
        self.addSeparator()
        self.undo = self.addAction("", self.undo_requested.emit)
        self.set_undoable(None)

    def set_classes(self, classes: ClassList) -> None:
        """Say what new masks of these classes start as."""
        start = classes.find(classes.starting_as_class().blank)
        self.as_class.setText("" if start is None else f"Class {start.id}, {start.name}")
        (self.as_class if classes.unpainted is None else self.as_unpainted).setChecked(True)

    def set_undoable(self, title: str | None) -> None:
        """Offer to undo this; None for nothing."""
        self.undo.setText(f"U&ndo: {title}" if title else "U&ndo the last removal")
        self.undo.setEnabled(title is not None)

    def _choice(self, group: QActionGroup, tip: str) -> QAction:
        action = self.addAction("")
        action.setCheckable(True)
        action.setToolTip(tip)
        group.addAction(action)
        return action


def row_menu(parent: QWidget, actions: Mapping[str, QAction], *, is_only: bool) -> QMenu:
    """Make the menu of a row; it goes with its closing.

    Args:
        parent: the widget that it belongs to.
        actions: the actions by name.
        is_only: whether only this class is painted over, perhaps among others.
    """
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    for name in _ROW_MENU.split():
        if name == "-":
            menu.addSeparator()
            continue
        if name == "only_class":
            actions[name].setText("Paint over &other classes too" if is_only else "Paint &only over this class")
        menu.addAction(actions[name])
    return menu
