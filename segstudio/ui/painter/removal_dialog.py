"""Asks what the pixels of a class become when it is removed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.statistics import DatasetCounts
from segstudio.ui.theme import SPACING, set_role

_SWATCH = 14


class RemovalDialog(QDialog):
    """Says what is concerned, and lets a person choose the class that takes over.

    Signals:
        confirmed(int, int): remove the first class; its pixels become the second.
    """

    confirmed = Signal(int, int)

    def __init__(self, classes: ClassList, entry: ClassInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry = entry
        self.setWindowTitle("Remove a class")
        heading = QLabel(f"Remove “{entry.name}”?")
        set_role(heading, "heading")
        self._concerned = QLabel()
        self._concerned.setWordWrap(True)
        self._becomes = QLabel("These pixels &become")
        self._choice = QComboBox()
        self._choice.setAccessibleName("The class that these pixels become")
        for other in classes:
            if other.id != entry.id:
                name = f"{other.name} (ignored)" if other.ignored else other.name
                self._choice.addItem(_swatch(other), name, other.id)
        self._choice.setCurrentIndex(max(self._choice.findData(classes.blank), 0))
        self._becomes.setBuddy(self._choice)
        note = QLabel(
            "All masks are rewritten as one step. It can be undone as a whole, from the menu of the class panel, until "
            "the next class is removed; strokes painted before it can then no longer be undone one by one."
        )
        note.setWordWrap(True)
        set_role(note, "quiet")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.remove_button = QPushButton("Remove class")
        set_role(self.remove_button, "danger")
        buttons.addButton(self.remove_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.confirmed.emit(entry.id, self._choice.currentData()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        for widget in (heading, self._concerned, self._becomes, self._choice, note, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(380)
        self.set_counts(None, 0)

    @property
    def class_id(self) -> int:
        """The id of the class that would be removed."""
        return self._entry.id

    @property
    def replacement_choice(self) -> QComboBox:
        """The choice of the class that takes over; its data are ids."""
        return self._choice

    @property
    def concerned(self) -> str:
        """What is said to be concerned."""
        return self._concerned.text()

    def set_counts(self, counts: DatasetCounts | None, here: int) -> None:
        """Say how many masks and pixels are concerned, as far as they have been counted.

        Args:
            counts: of the masks on the disk.
            here: pixels of the image on the canvas, saved or not.
        """
        masks = counts.masks.get(self._entry.id, 0) if counts else 0
        pixels = counts.pixels.get(self._entry.id, 0) if counts else 0
        held = "one mask" if masks == 1 else f"{masks:,} masks"
        if counts is None or not counts.complete:
            self._concerned.setText(f"At least {pixels:,} pixels in {held} (still being counted).")
        elif masks:
            self._concerned.setText(f"{pixels:,} pixels in {held} are of this class.")
        elif here:
            self._concerned.setText(f"{here:,} pixels of this picture are of this class.")
        else:
            self._concerned.setText("No mask holds this class.")
        unused = counts is not None and counts.complete and not masks and not here
        for widget in (self._becomes, self._choice):
            widget.setEnabled(not unused)


def _swatch(entry: ClassInfo) -> QIcon:
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(QColor(*entry.colour))
    return QIcon(picture)
