"""The locks that are not on a class: unpainted pixels only, a range of brightness, the selection."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from segstudio.dataset.classes import ClassList
from segstudio.painting.locks import Locks
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role


class LocksButton(QToolButton):
    """A button that drops the locks down; its padlock is closed while any holds.

    Signals:
        locks_changed(Locks): a person wants these.
    """

    locks_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._locks = Locks()
        self.setAccessibleName("Locks")
        self.setToolTip("What may be painted over: every tool keeps to it")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._unpainted = QCheckBox("Only pixels that are not painted yet")
        self._selection = QCheckBox("Only inside the selection, if there is one")
        self._selection.setChecked(True)
        self._intensity = QCheckBox("Only where the picture’s brightness is")
        self._low, self._high = _brightness("Darkest", 0), _brightness("Brightest", 255)
        for box in (self._unpainted, self._selection, self._intensity):
            box.toggled.connect(lambda _on: self._on_changed())
        # Neither can be moved beyond the other.
        self._low.valueChanged.connect(self._high.setMinimum)
        self._high.valueChanged.connect(self._low.setMaximum)
        for number in (self._low, self._high):
            number.valueChanged.connect(lambda _value: self._on_changed())
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._build_page())
        menu.addAction(action)
        self.setMenu(menu)
        self._show()

    @property
    def locks(self) -> Locks:
        """What is locked."""
        return self._locks

    def set_class_locks(self, only: frozenset[int] | None, protected: frozenset[int]) -> None:
        """Take over what is locked class by class."""
        self._take(replace(self._locks, only=only, protected=protected))

    def _build_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACING * 2, SPACING, SPACING * 2, SPACING * 2)
        heading = QLabel("Paint")
        set_role(heading, "heading")
        column.addWidget(heading)
        column.addWidget(self._unpainted)
        column.addWidget(self._selection)
        column.addWidget(self._intensity)
        row = QHBoxLayout()
        row.addSpacing(SPACING * 3)
        row.addWidget(self._low)
        row.addWidget(QLabel("to"))
        row.addWidget(self._high)
        row.addStretch(1)
        column.addLayout(row)
        note = QLabel("Classes are protected by the padlocks in the list of classes.")
        set_role(note, "quiet")
        column.addWidget(note)
        return page

    def _on_changed(self) -> None:
        low, high = self._low.value(), self._high.value()
        self._take(
            replace(
                self._locks,
                unpainted_only=self._unpainted.isChecked(),
                selection_only=self._selection.isChecked(),
                intensity=(low, high) if self._intensity.isChecked() else None,
            )
        )

    def _take(self, locks: Locks) -> None:
        if locks != self._locks:
            self._locks = locks
            self._show()
            self.locks_changed.emit(locks)

    def _show(self) -> None:
        held = self._locks != Locks(selection_only=self._locks.selection_only)
        set_icon(self, "lock" if held else "lock-open")
        for number in (self._low, self._high):
            number.setEnabled(self._intensity.isChecked())


def locks_in_words(locks: Locks, classes: ClassList, *, selected: bool) -> str:
    """Say in a few words what is locked; empty if nothing is."""

    def names(ids: frozenset[int]) -> str:
        found = [entry.name for entry in classes if entry.id in ids]
        return ", ".join(found) if len(found) <= 2 else f"{len(found)} classes"

    words = []
    if locks.only is not None:
        words.append(f"only over {names(locks.only) or 'nothing'}")
    if locks.protected:
        words.append(f"{names(locks.protected)} protected")
    if locks.unpainted_only:
        words.append("only unpainted")
    if locks.intensity is not None:
        words.append("brightness {} to {}".format(*locks.intensity))
    if selected and locks.selection_only:
        words.append("inside the selection")
    return ", ".join(words)


def _brightness(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, 255)
    box.setValue(value)
    box.setAccessibleName(f"{name} brightness that may be painted")
    return box
