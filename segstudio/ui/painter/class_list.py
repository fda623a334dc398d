"""The list of the class panel: what the mouse does in a row, and dragging rows to another place."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QListView, QToolTip, QWidget

from segstudio.ui.overriding import override
from segstudio.ui.painter.class_delegate import ClassDelegate, RowPart, row_parts

_TIPS = {
    RowPart.EYE: "Show or hide this class (Space). Alt+click shows it alone, and once more all as before.",
    RowPart.SWATCH: "Change the colour of this class",
    RowPart.PADLOCK: "Protect this class: nothing paints over it",
}


class ClassListView(QListView):
    """A list whose rows have an eye, a swatch and a padlock to click, and can be dragged.

    Dragging is our own, not the system's: it stays in the list, needs no second event loop, and Escape drops it.

    Signals:
        part_clicked(int, RowPart, bool): eye, swatch or padlock of a row; the last says whether Alt was held.
        row_moved(int, int): a person wants the first row to stand at the second place.
    """

    part_clicked = Signal(int, object, bool)
    row_moved = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: tuple[QPersistentModelIndex, RowPart] | None = None
        self._from = QPoint()
        self._gap: int | None = None
        self.setItemDelegate(ClassDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index, part = self._at(event.pos())
            if index.isValid() and part in _TIPS:
                QToolTip.showText(event.globalPos(), _TIPS[part], self.viewport())
                return True
        return super().viewportEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index, part = self._at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            super().mousePressEvent(event)
            return
        self._pressed = (QPersistentModelIndex(index), part)
        self._from = event.position().toPoint()
        if part is RowPart.TEXT:
            super().mousePressEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index, part = self._at(event.position().toPoint())
        if index.isValid() and part is not RowPart.TEXT:
            self.mousePressEvent(event)  # two quick clicks on an eye are two clicks
        else:
            super().mouseDoubleClickEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        point = event.position().toPoint()
        far = abs(point.y() - self._from.y()) >= QApplication.startDragDistance()
        if self._pressed[1] is RowPart.TEXT and (far or self._gap is not None):
            self._gap = self._gap_at(point)
            self._scroll_towards(point)
            self.viewport().update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        row, gap = pressed[0].row(), self._gap
        self._drop_drag()
        if gap is not None:
            position = gap - 1 if gap > row else gap
            if position != row:
                self.row_moved.emit(row, position)
        elif pressed[1] is RowPart.TEXT:
            super().mouseReleaseEvent(event)
        elif (index := self._at(event.position().toPoint()))[0].row() == row and index[1] is pressed[1]:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self.part_clicked.emit(row, pressed[1], alt)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._gap is not None:
            self._pressed = None
            self._drop_drag()
        else:
            super().keyPressEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._pressed = None
        self._drop_drag()
        super().focusOutEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap is None:
            return
        count = self.model().rowCount()
        at = self.visualRect(self.model().index(min(self._gap, count - 1), 0))
        y = min(max(at.top() if self._gap < count else at.bottom(), 1), self.viewport().height() - 2)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self.palette().highlight().color(), 2))
        painter.drawLine(2, y, self.viewport().width() - 3, y)

    def _at(self, point: QPoint) -> tuple[QModelIndex, RowPart]:
        index = self.indexAt(point)
        return index, row_parts(self.visualRect(index)).at(point)

    def _gap_at(self, point: QPoint) -> int:
        """Return before which row a dragged row would go; the number of rows for the end."""
        for row in range(self.model().rowCount()):
            if point.y() < self.visualRect(self.model().index(row, 0)).center().y():
                return row
        return self.model().rowCount()

    def _scroll_towards(self, point: QPoint) -> None:
        bar = self.verticalScrollBar()
        if point.y() < 0:
            bar.setValue(bar.value() - bar.singleStep())
        elif point.y() > self.viewport().height():
            bar.setValue(bar.value() + bar.singleStep())

    def _drop_drag(self) -> None:
        self._gap = None
        self.viewport().update()
