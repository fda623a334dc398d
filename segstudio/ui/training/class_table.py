"""IoU of each class on val: at the best epoch, at the last, and how it went."""

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.learning.curves import Curves
from segstudio.learning.events import EpochEnded
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.shown_run import ShownRun

_COLUMNS = (
    ("Class", "Ignored classes count in no figure and are not listed"),
    ("Best epoch", "IoU at the epoch whose model was kept"),
    ("Last epoch", "IoU at the last complete epoch"),
    ("Change", "How much better the last epoch is than the one before"),
    ("By epoch", "IoU over all epochs, from 0 at the bottom to 1 at the top"),
)
_BEST, _LAST, _CHANGE, _COURSE = 1, 2, 3, 4
_MOST_POINTS = 200
_SORT_ROLE = Qt.ItemDataRole.UserRole
_COURSE_ROLE = Qt.ItemDataRole.UserRole + 1


class ClassTable(QWidget):
    """A row for each class of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: ShownRun | None = None
        self._said = QLabel()
        self._said.setWordWrap(True)
        set_role(self._said, "quiet")
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setAccessibleName("IoU by class")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.setItemDelegateForColumn(_COURSE, _CourseDelegate(self.table))
        for column, (title, tip) in enumerate(_COLUMNS):
            header = QTableWidgetItem(title)
            header.setToolTip(tip)
            self.table.setHorizontalHeaderItem(column, header)
        header_view = self.table.horizontalHeader()
        header_view.setHighlightSections(False)
        header_view.resizeSection(0, 200)
        header_view.setSectionResizeMode(_COURSE, QHeaderView.ResizeMode.Stretch)
        self.table.setSortingEnabled(True)
        header_view.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self._said)
        layout.addWidget(self.table, 1)
        self.show_run(None)

    @property
    def said(self) -> str:
        """Which epochs are shown, or why nothing is."""
        return self._said.text()

    def show_run(self, run: ShownRun | None) -> None:
        """Show another run."""
        self._run = run
        names = () if run is None else run.counted
        self.table.setSortingEnabled(False)
        self.table.setRowCount(len(names))
        for row, entry in enumerate(names):
            name = _Field(entry.name)
            name.setData(_SORT_ROLE, row)
            swatch = QPixmap(14, 14)
            swatch.fill(QColor(*entry.colour))
            name.setIcon(swatch)
            self.table.setItem(row, 0, name)
            for column in range(1, len(_COLUMNS)):
                item = _Field()
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.note_change()

    def note_change(self) -> None:
        """Show what the run's curves know by now."""
        curves = Curves() if self._run is None else self._run.curves
        best, last = _best(curves), curves.epochs[-1] if curves.epochs else None
        self._said.setText(_in_words(self._run, best, last))
        self.table.setVisible(last is not None and bool(_figures(last)))
        self.table.setSortingEnabled(False)
        for row in range(self.table.rowCount()):
            index = self._field(row, 0).data(_SORT_ROLE)
            self._set_figures(row, index, curves, best, last)
        self.table.setSortingEnabled(True)

    def _set_figures(
        self, row: int, index: int, curves: Curves, best: EpochEnded | None, last: EpochEnded | None
    ) -> None:
        before = curves.epochs[-2] if len(curves.epochs) > 1 else None
        at_best, at_last, at_before = (_iou(epoch, index) for epoch in (best, last, before))
        change = None if at_last is None or at_before is None else at_last - at_before
        for column, value, text in (
            (_BEST, at_best, _text(at_best)),
            (_LAST, at_last, _text(at_last)),
            (_CHANGE, change, "–" if change is None else f"{change:+.3f}"),
        ):
            item = self._field(row, column)
            item.setText(text)
            item.setData(_SORT_ROLE, -1.0 if value is None else value)
        course = self._field(row, _COURSE)
        course.setData(_SORT_ROLE, index)
        shown = curves.epochs[:: math.ceil(len(curves.epochs) / _MOST_POINTS) or 1]
        course.setData(_COURSE_ROLE, [_iou(epoch, index) for epoch in shown])

    def _field(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item


class _Field(QTableWidgetItem):
    """A field that is sorted by its value and not by its words."""

    @override
    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, its = self.data(_SORT_ROLE), other.data(_SORT_ROLE)
        return bool(mine < its) if mine is not None and its is not None else super().__lt__(other)


class _CourseDelegate(QStyledItemDelegate):
    """Draws the figures of all epochs as a small line."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        course = index.data(_COURSE_ROLE) or []
        area = QRectF(option.rect).adjusted(8, 4, -8, -4)
        palette: QPalette = option.palette
        step = area.width() / max(len(course) - 1, 1)
        points = [
            QPointF(area.left() + place * step, area.bottom() - value * area.height())
            for place, value in enumerate(course)
            if value is not None
        ]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1.5))
        painter.drawPolyline(QPolygonF(points))
        if points:
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawEllipse(points[-1], 2.0, 2.0)
        painter.restore()


def _best(curves: Curves) -> EpochEnded | None:
    return next((epoch for epoch in reversed(curves.epochs) if epoch.best), None)


def _figures(epoch: EpochEnded) -> tuple[float | None, ...]:
    return (epoch.val or epoch.train).class_iou


def _iou(epoch: EpochEnded | None, index: int) -> float | None:
    figures = () if epoch is None else _figures(epoch)
    return figures[index] if index < len(figures) else None


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _in_words(run: ShownRun | None, best: EpochEnded | None, last: EpochEnded | None) -> str:
    if run is None:
        return "Choose a run below to see how well it finds each class."
    if last is None:
        return f"{run.name} has no complete epoch yet."
    if not _figures(last):
        return f"{run.name} was made by an older version, which kept no figures by class."
    split = "val" if last.val else "train, since nothing was validated on"
    kept = f"epoch {best.epoch} is the best, " if best else ""
    return f"{run.name}, on {split}: {kept}epoch {last.epoch} the last. “–”: neither in the masks nor predicted."
