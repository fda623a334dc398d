"""The figures of each class as a table, with the weights that they suggest."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from segstudio.dataset.statistics_tables import weights_of
from segstudio.dataset.survey import SplitStatistics

_COLUMNS = (
    ("Class", "Ignored classes count in no loss and no metric"),
    ("Pixels", "Over all masks"),
    ("Share", "Of all pixels of the masks"),
    ("Pictures", "Masks that hold the class"),
    ("Median weight", "Class weight by median frequency (Eigen & Fergus 2015)"),
    ("Inverse weight", "Class weight by inverse frequency: a pixel weighs 1 on average"),
)


class ClassFigures(QTableWidget):
    """A row for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setAccessibleName("Figures of each class")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        for column, (title, tip) in enumerate(_COLUMNS):
            header = QTableWidgetItem(title)
            header.setToolTip(tip)
            self.setHorizontalHeaderItem(column, header)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_statistics(self, statistics: SplitStatistics) -> None:
        """Show another split."""
        every = max(int(statistics.pixels.sum()), 1)
        median, inverse = weights_of(statistics)
        self.setRowCount(len(statistics.classes))
        for row, entry in enumerate(statistics.classes):
            name = QTableWidgetItem(f"{entry.name} (ignored)" if entry.ignored else entry.name)
            swatch = QPixmap(12, 12)
            swatch.fill(QColor(*entry.colour))
            name.setIcon(swatch)
            self.setItem(row, 0, name)
            pixels = int(statistics.pixels[row])
            words = (f"{pixels:,}", f"{pixels / every:.2%}", f"{statistics.holding[row]:,}")
            for column, text in enumerate((*words, _weight(median[row]), _weight(inverse[row])), start=1):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)


def _weight(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
