"""The figures of one picture: how well the prediction fits the mask, and the legend of the colours."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.classes import ClassList
from segstudio.learning.agreement import Agreement
from segstudio.ui.theme import SPACING, set_role

_SWATCH = 14


class FiguresPanel(QFrame):
    """Mean IoU and pixel accuracy of the picture, and a row a class: colour, name, IoU."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._classes = ClassList(())
        self._figure = QLabel("–")
        set_role(self._figure, "figure")
        self._detail = QLabel()
        self._detail.setWordWrap(True)
        set_role(self._detail, "quiet")
        self._table = QTreeWidget()
        self._table.setHeaderLabels(["Class", "IoU"])
        self._table.setRootIsDecorated(False)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._table.setFrameShape(QFrame.Shape.NoFrame)
        self._table.header().setStretchLastSection(False)
        self._table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._table.setAccessibleName("IoU by class")
        self._under_cursor = QLabel()
        self._under_cursor.setWordWrap(True)
        set_role(self._under_cursor, "quiet")
        title = QLabel("Mean IoU of this picture")
        set_role(title, "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(title)
        layout.addWidget(self._figure)
        layout.addWidget(self._detail)
        layout.addSpacing(SPACING)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._under_cursor)
        self.setMinimumWidth(200)

    def set_classes(self, classes: ClassList) -> None:
        """Show the legend of these classes."""
        self._classes = classes
        self._table.clear()
        for entry in classes:
            swatch = QPixmap(_SWATCH, _SWATCH)
            swatch.fill(QColor(*entry.colour))
            item = QTreeWidgetItem([f"{entry.name} (ignored)" if entry.ignored else entry.name, ""])
            item.setIcon(0, QIcon(swatch))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._table.addTopLevelItem(item)

    def set_agreement(self, agreement: Agreement | None, reason: str = "") -> None:
        """Show the figures, or why there are none."""
        self._figure.setText("–" if agreement is None else f"{agreement.mean_iou:.3f}")
        self._detail.setText(reason if agreement is None else f"{agreement.pixel_accuracy:.1%} of the pixels are right")
        for row, entry in enumerate(self._classes):
            iou = None if agreement is None else agreement.class_iou.get(entry.id)
            item = self._table.topLevelItem(row)
            if item is not None:
                item.setText(1, "–" if iou is None else f"{iou:.3f}")

    def set_under_cursor(self, text: str) -> None:
        """Show what mask and prediction say about the pixel under the cursor."""
        self._under_cursor.setText(text)

    def iou_text(self, row: int) -> str:
        """Return what stands in the IoU column of a class's row."""
        item = self._table.topLevelItem(row)
        return item.text(1) if item is not None else ""
