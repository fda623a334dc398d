"""What every key does, read from the actions themselves, so that it is never out of date."""

from collections.abc import Sequence

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from segstudio.ui.theme import SPACING

_BY_HAND = (
    ("Zoom at the cursor", "Wheel, or Ctrl + wheel"),
    ("Change the brush size", "Shift + wheel"),
    ("Move the picture", "Space + drag, or middle button"),
    ("Erase while held", "Ctrl + drag"),
    ("Hide the mask while held", "`"),
    ("Show a class alone", "Alt + click on its eye"),
)


class CheatSheet(QDialog):
    """Lists keys and mouse gestures."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        table = QTreeWidget()
        table.setHeaderLabels(["What", "How"])
        table.setRootIsDecorated(False)
        table.setAlternatingRowColors(True)
        table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for action in actions:
            keys = ", ".join(
                keys.toString(QKeySequence.SequenceFormat.NativeText)
                for keys in action.shortcuts()
                if not keys.isEmpty()
            )
            table.addTopLevelItem(QTreeWidgetItem([action.text().replace("&", "").rstrip("…"), keys]))
        for what, how in _BY_HAND:
            table.addTopLevelItem(QTreeWidgetItem([what, how]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.addWidget(table)
        layout.addWidget(buttons)
        self.resize(480, 560)
