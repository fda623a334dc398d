"""What each class weighs in the loss, set by hand."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from segstudio.dataset.classes import ClassInfo
from segstudio.learning.settings.loss import HEAVIEST
from segstudio.ui.overriding import override

_MOST_ROWS = 8
_ID = Qt.ItemDataRole.UserRole


class ClassWeightTable(QTableWidget):
    """A row for each class that counts.

    Signals:
        changed(): a class weighs something else.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, 2)
        self.setAccessibleName("Weights of the classes")
        self.setToolTip(
            "How much an error in a class weighs: 1 as a rule, more for what must not be missed, 0 for nothing"
        )
        self.setHorizontalHeaderLabels(["Class", "Weight"])
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setColumnWidth(1, 72)
        self.setItemDelegateForColumn(1, _WeightDelegate(self))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.DoubleClicked | triggers.SelectedClicked | triggers.AnyKeyPressed | triggers.EditKeyPressed
        )
        self.itemChanged.connect(lambda _item: self.changed.emit())

    @property
    def weights(self) -> tuple[tuple[int, float], ...]:
        """(class id, weight) of every class."""
        return tuple(self._row(row) for row in range(self.rowCount()))

    def set_classes(self, classes: Sequence[ClassInfo]) -> None:
        """Show other classes; those that stay keep their weights."""
        before = dict(self.weights)
        blocked = self.blockSignals(True)
        self.setRowCount(len(classes))
        for row, entry in enumerate(classes):
            name = QTableWidgetItem(entry.name)
            swatch = QPixmap(12, 12)
            swatch.fill(QColor(*entry.colour))
            name.setIcon(swatch)
            name.setToolTip(entry.name)
            name.setFlags(Qt.ItemFlag.ItemIsEnabled)
            name.setData(_ID, entry.id)
            weight = QTableWidgetItem()
            weight.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            weight.setData(Qt.ItemDataRole.EditRole, before.get(entry.id, 1.0))
            self.setItem(row, 0, name)
            self.setItem(row, 1, weight)
        self.blockSignals(blocked)
        rows = min(len(classes), _MOST_ROWS)
        self.setFixedHeight(
            self.horizontalHeader().sizeHint().height() + rows * self.verticalHeader().defaultSectionSize() + 4
        )

    def set_weights(self, weights: Mapping[int, float]) -> None:
        """Let classes weigh so much; those that are not named weigh 1."""
        blocked = self.blockSignals(True)
        for row, (class_id, _weight) in enumerate(self.weights):
            item = self.item(row, 1)
            if item is not None:
                item.setData(Qt.ItemDataRole.EditRole, weights.get(class_id, 1.0))
        self.blockSignals(blocked)
        self.changed.emit()

    def _row(self, row: int) -> tuple[int, float]:
        name, weight = self.item(row, 0), self.item(row, 1)
        assert name is not None
        assert weight is not None
        return int(name.data(_ID)), float(weight.data(Qt.ItemDataRole.EditRole))


class _WeightDelegate(QStyledItemDelegate):
    """Edits a weight in the range that there is."""

    @override
    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        box = QDoubleSpinBox(parent)
        box.setRange(0.0, HEAVIEST)
        box.setDecimals(3)
        box.setSingleStep(0.5)
        box.setFrame(False)
        box.setAccessibleName("Weight of the class")
        return box
